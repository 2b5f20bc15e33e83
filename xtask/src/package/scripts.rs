//! The JavaScript of the package: as few and as small files as a page can load.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::tools::Tools;
use super::{Places, assemble};
use crate::Result;
use crate::cargo::run;

/// What every place that runs the package understands.
const TARGET: &str = "--target=es2022";

/// Bundles the modules that `package.json` names. What several of them share is one file, loaded once.
pub(crate) fn bundle(places: &Places, tools: &Tools) -> Result<()> {
    let source = assemble::source(places);
    let mut bundle = tools.node("esbuild/bin/esbuild");
    bundle.current_dir(&places.package).args(entries(places)?.iter().map(|name| source.join(name)));
    bundle.arg(format!("--outbase={}", source.display())).arg("--outdir=.");
    bundle.args([
        "--bundle",
        "--splitting",
        "--chunk-names=js/shared/[hash]",
        "--format=esm",
        TARGET,
    ]);
    // Platforms that compile modules themselves want to see where they are.
    bundle.args(["--external:*.wasm", "--external:node:*"]);
    // wasm-bindgen names a module once for each of its imports.
    bundle.args(["--minify", "--log-level=warning", "--log-override:duplicate-object-key=silent"]);
    run(bundle.arg(format!("--metafile={}", list(places).display())))
}

/// All scripts that are loaded with one of the package.
pub(crate) fn loaded(places: &Places, name: &str) -> Result<Vec<PathBuf>> {
    let list: Value = serde_json::from_slice(&fs::read(list(places))?)?;
    let mut found = BTreeSet::new();
    let mut next = vec![name];
    while let Some(name) = next.pop() {
        if found.insert(name) {
            let imports = list["outputs"][name]["imports"].as_array().ok_or("no such script")?;
            let ours = imports.iter().filter(|import| import["external"] != true);
            next.extend(ours.filter_map(|import| import["path"].as_str()));
        }
    }
    Ok(found.into_iter().map(|name| places.package.join(name)).collect())
}

/// The scripts that `package.json` names.
fn entries(places: &Places) -> Result<BTreeSet<String>> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(conditions) => conditions.values().for_each(|value| collect(value, into)),
            Value::String(path) if path.ends_with(".js") => {
                into.insert(path.trim_start_matches("./").to_owned());
            }
            _ => {}
        }
    }
    let package: Value =
        serde_json::from_slice(&fs::read(places.root.join("b2-wasm/package.json"))?)?;
    let mut entries = BTreeSet::new();
    collect(&package["exports"], &mut entries);
    Ok(entries)
}

/// What esbuild says about the files that it wrote.
fn list(places: &Places) -> PathBuf {
    places.target.join("npm-build/scripts.json")
}
