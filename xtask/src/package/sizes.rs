//! What a page has to load, compressed as servers do it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Entry, Places};
use crate::Result;
use crate::cargo::run;

/// Prints the sizes of all entries, and fails if one is over its ceiling.
pub(crate) fn check(places: &Places, entries: &[Entry]) -> Result<()> {
    let mut over = Vec::new();
    for entry in entries {
        let start = places.package.join(format!("js/entry/{}.web.js", entry.name));
        let mut scripts = BTreeSet::new();
        follow(&start, &mut scripts)?;
        let module = places.package.join(format!("wasm/{}.wasm", entry.name));
        let wasm = compressed(places, std::slice::from_ref(&module))?;
        let scripts: Vec<_> = scripts.into_iter().collect();
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

/// All modules that a module imports, and it.
fn follow(module: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<()> {
    let module = module.canonicalize()?;
    if !seen.insert(module.clone()) {
        return Ok(());
    }
    let folder = module.parent().ok_or("no folder")?;
    for line in fs::read_to_string(&module)?.lines() {
        let from = line.rsplit_once(" from ").map(|(_, from)| from);
        let name = from.and_then(|from| from.trim_end_matches(';').get(1..)?.get(..));
        if let Some(name) = name.filter(|name| name.starts_with('.')) {
            follow(&folder.join(name.trim_end_matches(['"', '\''])), seen)?;
        }
    }
    Ok(())
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
