//! Builds the tests of the browser host, `b2-wasm/tests/host.rs`.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use super::Places;
use crate::Result;
use crate::cargo::{WASM, cargo};

/// Compiles the tests, and returns their folder. They are bound with the library of wasm-bindgen that the package needs
/// too, since the test runner of wasm-bindgen takes minutes to install.
pub(crate) fn tests(places: &Places) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["test", "--package", "b2-wasm", "--target", WASM, "--test", "host", "--no-run"]);
    build.args(["--message-format", "json-render-diagnostics"]);
    build.stderr(std::process::Stdio::inherit());
    let built = build.current_dir(&places.root).output()?;
    if !built.status.success() {
        return Err(format!("the tests of the host: {}", built.status).into());
    }
    let compiled = built
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .ok_or("cargo did not report the tests of the host")?;
    let out = places.target.join("npm-build/host");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    Bindgen::new()
        .input_path(compiled)
        .out_name("host")
        .web(true)?
        .typescript(false)
        .generate(&out)?;
    Ok(out)
}
