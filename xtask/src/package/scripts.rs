//! Bundles the JavaScript of the package.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::tools::Tools;
use super::{Places, assemble};
use crate::Result;
use crate::cargo::run;

/// The ECMAScript version that all runtimes support.
const TARGET: &str = "--target=es2022";

/// Bundles each module in `package.json` with its dependencies, since one file compresses better than several. Only the
/// entries in `names` are bundled.
pub(crate) fn bundle(places: &Places, tools: &Tools, names: &[&str]) -> Result<()> {
    let source = assemble::source(places);
    let mut bundle = tools.node("esbuild/bin/esbuild");
    let built = |script: &String| match script.strip_prefix("js/entry/") {
        Some(file) => names.iter().any(|name| file.split('.').next() == Some(*name)),
        None => true,
    };
    let scripts = entries(places)?.into_iter().filter(built).map(|script| source.join(script));
    bundle.current_dir(&places.package).args(scripts);
    bundle.arg(format!("--outbase={}", source.display())).arg("--outdir=.");
    bundle.args(["--bundle", "--format=esm", TARGET]);
    // Some runtimes compile modules themselves and need their paths.
    bundle.args(["--external:*.wasm", "--external:node:*"]);
    // What an application has once: its frameworks, and the scripts of other entries.
    bundle.args(["--external:@uppy/core", "--external:react", "--external:b2-wasm/*"]);
    // wasm-bindgen repeats a module for each of its imports.
    bundle.args(["--minify", "--log-level=warning", "--log-override:duplicate-object-key=silent"]);
    run(&mut bundle)
}

/// Returns the scripts in `package.json`.
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
