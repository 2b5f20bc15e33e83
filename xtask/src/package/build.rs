//! Compiles the crate to a module and the JavaScript around it.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use super::tools::Tools;
use super::{Entry, Places};
use crate::Result;
use crate::cargo::{WASM, cargo, run};

/// The WebAssembly features that rustc uses by default, for wasm-opt.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
];

/// A built module.
pub(crate) struct Built {
    /// The module as wasm-bindgen emitted it, with the JavaScript around it in the same folder.
    linked: PathBuf,
    /// The optimized module.
    pub(crate) wasm: PathBuf,
}

impl Built {
    /// Returns the optimized module with the names of its functions.
    pub(crate) fn with_names(&self, tools: &Tools) -> Result<Vec<u8>> {
        let named = self.wasm.with_extension("named.wasm");
        optimize(tools, &["-g"], &self.linked, &named)?;
        Ok(fs::read(named)?)
    }
}

/// Returns the folder where cargo keeps the sources of other crates. Panics name files in it, which the module should
/// not reveal.
fn registry() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("registry/src"))
}

/// Builds the module of an entry. The JavaScript around it goes to `glue`.
pub(crate) fn module(places: &Places, tools: &Tools, entry: &Entry, glue: &Path) -> Result<Built> {
    let mut build = cargo();
    build.args(["rustc", "--package", "b2-wasm", "--profile", "wasm", "--target", WASM]);
    // With the `rlib` as well, cargo would not optimize across crates.
    build.args(["--crate-type", "cdylib"]);
    build.args(["--no-default-features", "--features", &entry.features.join(",")]);
    // The gateway signs short texts: a small SHA-256 is fast enough.
    let mut flags = vec!["'--cfg=sha2_backend_soft=\"compact\"'".to_owned()];
    if let Some(registry) = registry() {
        flags.push(format!("'--remap-path-prefix={}='", registry.display()));
    }
    build.arg("--config").arg(format!("target.{WASM}.rustflags = [{}]", flags.join(", ")));
    run(build.current_dir(&places.root))?;

    let compiled = places.target.join(WASM).join("wasm/b2_wasm.wasm");
    Bindgen::new()
        .input_path(compiled)
        .out_name(entry.name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        // The loader creates a new instance after a trap.
        .reset_state_function(true)
        .remove_producers_section(true)
        .generate(glue)?;

    let linked = glue.join(format!("{}_bg.wasm", entry.name));
    let wasm = glue.join(format!("{}.wasm", entry.name));
    optimize(tools, &[], &linked, &wasm)?;
    Ok(Built { linked, wasm })
}

fn optimize(tools: &Tools, options: &[&str], input: &Path, output: &Path) -> Result<()> {
    let mut command = tools.node("binaryen/bin/wasm-opt");
    command.args(FEATURES).args(["-Oz", "--converge"]).args(options);
    // The lowest addresses hold the end of the stack only.
    command.arg("--low-memory-unused");
    run(command.arg("-o").arg(output).arg(input))
}
