//! The dependencies: licences, duplicates, sources, the Rust version they need, and what WebAssembly may not use.

use std::collections::BTreeSet;

use serde_json::Value;

use super::runner::Runner;
use crate::Result;
use crate::cargo::{WASM, cargo};

/// Crates that open sockets or files, or bring an HTTP stack or an async runtime.
const BANNED_IN_WASM: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "reqwest",
    "http",
    "hyper",
    "hyper-util",
    "h2",
    "rustls",
    "native-tls",
    "openssl",
    "rusqlite",
    "tempfile",
    "rustix",
    "libc",
];

/// The crates that a web page loads, with the flags that select the features it needs.
const IN_WASM: &[(&str, &[&str])] = &[
    ("b2-proto", &["--no-default-features"]),
    ("b2-client", &["--no-default-features"]),
    ("b2-wasm", &[]),
];

pub(super) fn check(runner: &mut Runner) -> Result<()> {
    deny(runner)?;
    for (package, features) in IN_WASM {
        check_wasm(package, features)?;
    }
    check_rust_version(&runner.workspace().metadata_with_dependencies()?)
}

/// Runs cargo-deny with `deny.toml`. Advisories need a database from the network, so they are not part of it.
fn deny(runner: &Runner) -> Result<()> {
    if cargo().args(["deny", "--version"]).output()?.status.success() {
        return runner.cargo(["deny", "--all-features", "check", "bans", "licenses", "sources"]);
    }
    if std::env::var_os("CI").is_some() {
        return Err("cargo-deny is not installed".into());
    }
    println!("cargo-deny is not installed: licences and duplicates are not checked");
    Ok(())
}

/// Fails if a package depends on a banned crate when it is compiled for WebAssembly.
fn check_wasm(package: &str, features: &[&str]) -> Result<()> {
    let output = cargo()
        .args(["tree", "--target", WASM, "--package", package, "--edges", "normal"])
        .args(features)
        .args(["--prefix", "none", "--format", "{p}"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let tree = String::from_utf8(output.stdout)?;
    let names = names(&tree);
    if names.is_empty() {
        return Err(format!("cargo tree printed nothing for {package}").into());
    }
    let banned: Vec<_> = BANNED_IN_WASM.iter().filter(|name| names.contains(*name)).collect();
    if !banned.is_empty() {
        return Err(format!("{package} depends on {banned:?} for {WASM}").into());
    }
    println!("{package}: {} crates for {WASM}, none of them banned", names.len());
    Ok(())
}

fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

/// Fails if a dependency needs a newer version of Rust than the workspace. Clippy's `incompatible_msrv` checks the code of
/// the workspace itself.
fn check_rust_version(metadata: &Value) -> Result<()> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata has no packages")?;
    let version = |package: &Value| package["rust_version"].as_str().and_then(parse_version);
    let own = packages.iter().find(|package| package["name"] == "b2-proto").and_then(version);
    let own = own.ok_or("b2-proto has no rust-version")?;
    let newer: Vec<_> = packages
        .iter()
        .filter(|package| version(package).is_some_and(|version| version > own))
        .map(|package| format!("{} {}", package["name"], package["rust_version"]))
        .collect();
    if newer.is_empty() {
        println!("{} packages need Rust {}.{} or older", packages.len(), own.0, own.1);
        return Ok(());
    }
    Err(format!("newer than Rust {}.{}: {}", own.0, own.1, newer.join(", ")).into())
}

/// Returns major and minor of a version such as `1.88` or `1.88.0`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_first() {
        let tree = "b2-client v0.1.0 (/somewhere)\nbytes v1.12.0\nserde v1.0.0 (*)\n\n";
        assert_eq!(names(tree), BTreeSet::from(["b2-client", "bytes", "serde"]));
    }

    #[test]
    fn a_newer_rust_version_is_an_error() {
        let metadata = |version: &str| {
            serde_json::json!({"packages": [
                {"name": "b2-proto", "rust_version": "1.88"},
                {"name": "old", "rust_version": null},
                {"name": "other", "rust_version": version},
            ]})
        };
        assert!(check_rust_version(&metadata("1.88.0")).is_ok());
        assert!(check_rust_version(&metadata("1.9")).is_ok());
        let error = check_rust_version(&metadata("1.100.0")).unwrap_err().to_string();
        assert!(error.contains("other"), "{error}");
    }
}
