//! Assembles the files of the package.

use std::fs;
use std::path::{Path, PathBuf};

use super::build::Built;
use super::{Entry, Places};
use crate::Result;

/// Returns the folder of the scripts before they are bundled.
pub(crate) fn source(places: &Places) -> PathBuf {
    places.target.join("npm-build/source")
}

/// Empties the folders, and copies the hand-written modules and the documents.
pub(crate) fn begin(places: &Places) -> Result<()> {
    let _ = fs::remove_dir_all(&places.package);
    let _ = fs::remove_dir_all(source(places));
    copy(&places.root.join("b2-wasm/js"), &source(places).join("js"))?;
    copy(&places.root.join("b2-wasm/types"), &places.package.join("types"))?;
    types_for_require(&places.package.join("types"))?;
    fs::copy(places.root.join("b2-wasm/README.md"), places.package.join("README.md"))?;
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(places.root.join(license), places.package.join(license))?;
    }
    Ok(())
}

/// Adds the types for `require`: the compiler distinguishes both kinds of modules by the extension.
fn types_for_require(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?.replace(".js\";", ".cjs\";");
        fs::write(path.with_extension("cts"), text)?;
    }
    Ok(())
}

/// Adds a module.
pub(crate) fn module(places: &Places, entry: &Entry, built: &Built) -> Result<()> {
    let modules = places.package.join("wasm");
    fs::create_dir_all(&modules)?;
    fs::copy(&built.wasm, modules.join(format!("{}.wasm", entry.name)))?;
    Ok(())
}

/// Writes `package.json` with the version of the crate. It is edited as text, since the order of its conditions matters.
pub(crate) fn finish(places: &Places) -> Result<()> {
    const NONE: &str = "\"version\": \"0.0.0\"";
    let text = fs::read_to_string(places.root.join("b2-wasm/package.json"))?;
    if !text.contains(NONE) {
        return Err(format!("b2-wasm/package.json must say {NONE}").into());
    }
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(places.package.join("package.json"), text.replace(NONE, &version))?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
