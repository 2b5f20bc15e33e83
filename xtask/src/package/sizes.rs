//! What a page has to load, compressed as servers do it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Entry, Places, scripts};
use crate::Result;
use crate::cargo::run;

/// Prints the sizes of all entries, and fails if one is over its ceiling.
pub(crate) fn check(places: &Places, entries: &[Entry]) -> Result<()> {
    let mut over = Vec::new();
    for entry in entries {
        let scripts = scripts::loaded(places, &format!("js/entry/{}.web.js", entry.name))?;
        let module = places.package.join(format!("wasm/{}.wasm", entry.name));
        let wasm = compressed(places, std::slice::from_ref(&module))?;
        let glue = compressed(places, &scripts)?;
        println!(
            "{:<8} {:>7} bytes brotli: module {wasm} ({} plain), {} scripts {glue}; ceiling {}, goal {}",
            entry.name,
            wasm + glue,
            fs::metadata(&module)?.len(),
            scripts.len(),
            entry.ceiling,
            entry.goal
        );
        if wasm + glue > entry.ceiling {
            over.push(entry.name);
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    let over = over.join(" and ");
    Err(format!("{over} has grown over its ceiling; `cargo xtask package --parts` tells why")
        .into())
}

/// How many bytes the files have, each compressed by itself.
fn compressed(places: &Places, files: &[PathBuf]) -> Result<u64> {
    const SUM: &str = "
        const { readFileSync, writeFileSync } = require('node:fs');
        const { brotliCompressSync, constants } = require('node:zlib');
        const [out, ...files] = process.argv.slice(1);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        const size = (file) => brotliCompressSync(readFileSync(file), { params }).length;
        writeFileSync(out, String(files.map(size).reduce((a, b) => a + b, 0)));";
    let out = places.target.join("npm-build/size");
    run(Command::new("node").args(["-e", SUM]).arg(&out).args(files))?;
    Ok(fs::read_to_string(out)?.parse()?)
}
