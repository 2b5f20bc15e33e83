//! Measures the compressed size of each entry.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Entry, Places};
use crate::Result;
use crate::cargo::run;

/// The entries that are scripts only, which a page loads besides a module, and how many bytes each is at most, compressed.
const SCRIPTS: [(&str, u64); 3] = [("uploads", 6_600), ("uppy", 2_900), ("react", 1_000)];

/// Prints the sizes of all entries, and fails if one exceeds its limit.
pub(crate) fn check(places: &Places, entries: &[&Entry]) -> Result<()> {
    let mut over = Vec::new();
    for (name, ceiling) in SCRIPTS {
        let script = compressed(places, &places.package.join(format!("js/{name}.js")))?;
        println!("{name:<8} {script:>7} bytes brotli: script only; ceiling {ceiling}");
        if script > ceiling {
            over.push(name);
        }
    }
    for entry in entries {
        let module = places.package.join(format!("wasm/{}.wasm", entry.name));
        let script = places.package.join(format!("js/entry/{}.web.js", entry.name));
        let wasm = compressed(places, &module)?;
        let glue = compressed(places, &script)?;
        println!(
            "{:<8} {:>7} bytes brotli: module {wasm} ({} plain), script {glue}; ceiling {}, goal {}",
            entry.name,
            wasm + glue,
            fs::metadata(&module)?.len(),
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
    Err(format!("{over} exceeds its limit; `cargo xtask package --parts` prints what contributes to the size")
        .into())
}

/// Returns the size of a file compressed with brotli, in bytes.
fn compressed(places: &Places, file: &Path) -> Result<u64> {
    const SUM: &str = "
        const { readFileSync, writeFileSync } = require('node:fs');
        const { brotliCompressSync, constants } = require('node:zlib');
        const [out, file] = process.argv.slice(1);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(out, String(brotliCompressSync(readFileSync(file), { params }).length));";
    let out = places.target.join("npm-build/size");
    run(Command::new("node").args(["-e", SUM]).arg(&out).arg(file))?;
    Ok(fs::read_to_string(out)?.parse()?)
}
