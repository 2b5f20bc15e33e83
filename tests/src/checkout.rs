//! Where the files of the page and of the npm package are.

use std::path::PathBuf;

/// Returns the folder with the workspace's `Cargo.toml`, as cargo names it at run time: a path compiled into a test
/// would lead to the checkout that built it.
///
/// # Panics
///
/// Panics if cargo did not start the program.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo starts tests and benchmarks");
    PathBuf::from(crate_folder).parent().expect("the crate is a folder of the workspace").to_owned()
}

/// Returns the folder with the upload page.
#[must_use]
pub fn page_folder() -> PathBuf {
    workspace_root().join("www/page")
}

/// Returns the folder with the modules from npm that `cargo xtask package` installs.
#[must_use]
pub fn npm_tools() -> PathBuf {
    npm_package().with_file_name("npm-tools").join("node_modules")
}

/// Returns the folder with the npm package.
///
/// # Panics
///
/// Panics if `cargo xtask package` has not built it.
#[must_use]
pub fn npm_package() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let package = target.unwrap_or_else(|| workspace_root().join("target")).join("npm");
    assert!(package.exists(), "`cargo xtask package` builds the package that the page needs");
    package
}
