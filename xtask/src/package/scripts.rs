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

/// What the CommonJS scripts have instead of `import.meta.url`.
const URL_OF_SCRIPT: &str =
    "--banner:js=const scriptUrl = require(\"node:url\").pathToFileURL(__filename).href;";

/// Bundles each script in `package.json` with its dependencies, since one file compresses better than several. Only the
/// entries in `names` are bundled. `cjs/NAME.cjs` is `js/NAME.js` as CommonJS, for `require` in Node; scripts that end in
/// `.inline.js` contain their module.
pub(crate) fn bundle(places: &Places, tools: &Tools, names: &[&str]) -> Result<()> {
    let built = |script: &String| match script.strip_prefix("js/entry/") {
        Some(file) => names.iter().any(|name| file.split('.').next() == Some(*name)),
        None => true,
    };
    let exported = exported(places)?;
    let scripts: Vec<_> =
        exported.iter().filter(|path| path.ends_with(".js") && built(path)).cloned().collect();
    let (inline, plain): (Vec<_>, Vec<_>) =
        scripts.into_iter().partition(|script| script.ends_with(".inline.js"));
    let required = exported.iter().filter_map(|path| {
        path.strip_prefix("cjs/")?.strip_suffix(".cjs").map(|name| format!("js/{name}.js"))
    });
    let required: Vec<_> = required.filter(built).collect();

    // Some runtimes compile modules themselves and need their paths.
    let compiled = ["--format=esm", "--external:*.wasm", "--external:*.wasm?module", "--outbase=."];
    run_esbuild(places, tools, &plain, "", &compiled)?;
    run_esbuild(
        places,
        tools,
        &inline,
        "",
        &["--format=esm", "--loader:.wasm=binary", "--outbase=."],
    )?;
    let require = [
        "--format=cjs",
        "--external:*.wasm",
        "--define:import.meta.url=scriptUrl",
        URL_OF_SCRIPT,
        "--out-extension:.js=.cjs",
        "--outbase=js",
    ];
    run_esbuild(places, tools, &required, "cjs", &require)
}

/// Bundles scripts to a folder of the package.
fn run_esbuild(
    places: &Places,
    tools: &Tools,
    scripts: &[String],
    folder: &str,
    options: &[&str],
) -> Result<()> {
    if scripts.is_empty() {
        return Ok(());
    }
    let mut esbuild = tools.node("esbuild/bin/esbuild");
    esbuild.current_dir(assemble::source(places)).args(scripts);
    esbuild.args(options).arg(format!("--outdir={}", places.package.join(folder).display()));
    esbuild.args(["--bundle", "--platform=neutral", TARGET, "--external:node:*"]);
    // What an application has once: its frameworks, and the scripts of other entries.
    esbuild.args(["--external:@uppy/core", "--external:react", "--external:b2-wasm/*"]);
    // wasm-bindgen repeats a module for each of its imports.
    esbuild.args(["--minify", "--log-level=warning", "--log-override:duplicate-object-key=silent"]);
    run(&mut esbuild)
}

/// Returns the paths in `package.json`.
fn exported(places: &Places) -> Result<BTreeSet<String>> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(conditions) => conditions.values().for_each(|value| collect(value, into)),
            Value::String(path) => {
                into.insert(path.trim_start_matches("./").to_owned());
            }
            _ => {}
        }
    }
    let package: Value =
        serde_json::from_slice(&fs::read(places.root.join("b2-wasm/package.json"))?)?;
    let mut exported = BTreeSet::new();
    collect(&package["exports"], &mut exported);
    Ok(exported)
}
