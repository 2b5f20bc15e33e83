//! From the crate to a module and the JavaScript around it.

use std::fs;
use std::path::PathBuf;

use wasm_bindgen_cli_support::Bindgen;

use super::tools::Tools;
use super::{Entry, Places, names, order};
use crate::Result;
use crate::cargo::{WASM, cargo, run};

/// What the compiler uses without being asked; wasm-opt has to be told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
];

/// What LLVM does for the speed of loops makes their surroundings larger.
const SMALLER: [&str; 3] = [
    "-Cllvm-args=-enable-pre=false",
    "-Cllvm-args=-disable-lsr",
    "-Cllvm-args=-disable-machine-licm",
];

/// The largest function that is inlined where it is called from one place only.
const INLINED: u32 = 20;

/// A built module.
pub(crate) struct Built {
    /// The module, as small as it gets.
    pub(crate) wasm: PathBuf,
    /// The same with the names of its functions, to tell which are large.
    pub(crate) named: PathBuf,
    /// The JavaScript around it.
    pub(crate) glue: String,
}

/// Where cargo keeps the sources of other crates. A panic names its place in them, which nobody who loads the
/// module has to learn.
fn registry() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("registry/src"))
}

/// Builds the module of an entry.
pub(crate) fn module(places: &Places, tools: &Tools, entry: &Entry) -> Result<Built> {
    let mut build = cargo();
    build.args(["rustc", "--package", "b2-wasm", "--profile", "wasm", "--target", WASM]);
    // Where it makes a library for Rust as well, cargo does not optimize the module as a whole.
    build.args(["--crate-type", "cdylib"]);
    build.args(["--no-default-features", "--features", &entry.features.join(",")]);
    if let Some(registry) = registry() {
        build.arg("--config").arg(format!(
            "target.{WASM}.rustflags = ['--remap-path-prefix={}=']",
            registry.display()
        ));
    }
    run(build.arg("--").args(SMALLER).current_dir(&places.root))?;

    let out = places.target.join("npm-build").join(entry.name);
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let compiled = places.target.join(WASM).join("wasm/b2_wasm.wasm");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(entry.name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        // The loader makes a new instance after a panic.
        .reset_state_function(true)
        .remove_producers_section(true);
    let mut output = bindgen.generate_output()?;
    let glue = names::shorten(&mut output)?;
    let linked = out.join("linked.wasm");
    fs::write(&linked, output.wasm_mut().emit_wasm())?;

    let named = out.join("named.wasm");
    let sortable = out.join("sortable.wasm");
    let wasm = out.join("small.wasm");
    let mut optimize = tools.node("binaryen/bin/wasm-opt");
    optimize.args(FEATURES).args(["-Oz", "-g", "--converge"]);
    // Nothing lies there but the end of the stack.
    optimize.arg("--low-memory-unused");
    // What is inlined is smaller, but has less in common with everything else: compressed, it is larger.
    optimize.arg(format!("--one-caller-inline-max-function-size={INLINED}"));
    run(optimize.arg("-o").arg(&named).arg(&linked))?;
    fs::write(&sortable, order::named(&fs::read(&named)?)?)?;
    let mut strip = tools.node("binaryen/bin/wasm-opt");
    strip.args(FEATURES).args([
        "--reorder-functions-by-name",
        "--strip-debug",
        "--strip-producers",
    ]);
    run(strip.arg("-o").arg(&wasm).arg(&sortable))?;
    Ok(Built { wasm, named, glue })
}
