//! Laying the package out.

use std::fs;
use std::path::{Path, PathBuf};

use super::build::Built;
use super::{Entry, Places};
use crate::Result;

/// Where the scripts are as they were written, before they are bundled.
pub(crate) fn source(places: &Places) -> PathBuf {
    places.target.join("npm-build/source")
}

/// Empties the folders and brings the hand-written modules and the documents.
pub(crate) fn begin(places: &Places) -> Result<()> {
    let _ = fs::remove_dir_all(&places.package);
    let _ = fs::remove_dir_all(source(places));
    copy(&places.root.join("b2-wasm/js"), &source(places).join("js"))?;
    copy(&places.root.join("b2-wasm/types"), &places.package.join("types"))?;
    fs::copy(places.root.join("b2-wasm/README.md"), places.package.join("README.md"))?;
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(places.root.join(license), places.package.join(license))?;
    }
    Ok(())
}

/// Adds a module and the JavaScript around it.
pub(crate) fn module(places: &Places, entry: &Entry, built: &Built) -> Result<()> {
    for folder in [places.package.join("wasm"), source(places).join("wasm")] {
        fs::create_dir_all(&folder)?;
        fs::copy(&built.wasm, folder.join(format!("{}.wasm", entry.name)))?;
    }
    let glue = shared_modules(&built.glue)?;
    let glue = edited(&glue, LOADS, "export { initSync };")?;
    let glue = edited(&glue, THROWS, "return undefined;")?;
    let glue = checked_texts(&glue)?;
    fs::write(source(places).join(format!("wasm/{}.js", entry.name)), glue)?;
    Ok(())
}

/// Writes `package.json`, with the version of the crate. As text: the order of its conditions counts.
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

/// The glue brings a copy of each module that the crate imports, under a name with a hash. The package has
/// them once, for all entries.
fn shared_modules(glue: &str) -> Result<String> {
    const THEIRS: &str = "./snippets/";
    const OURS: &str = "/js/platform/";
    let mut text = String::with_capacity(glue.len());
    for line in glue.lines() {
        let copy = if line.starts_with("import ") { line.find(THEIRS) } else { None };
        match (copy, line.find(OURS)) {
            (Some(start), Some(end)) => {
                text.push_str(&line[..start]);
                text.push_str("..");
                text.push_str(&line[end..]);
            }
            (Some(_), None) => return Err(format!("a module of somebody else: {line}").into()),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

/// The package compiles modules itself; nobody has to load what would do that.
const LOADS: &str = "export { initSync, __wbg_init as default };";

/// Answers that arrive for an instance that is dead are nobody's. As an exception they would end a process.
const THROWS: &str = "throw new Error('Cannot invoke closure from previous WASM instance');";

/// Where JavaScript hands a text to the module.
const PASSES_TEXT: &str = "passStringToWasm0(";

/// Lets every text that the application gives to the module pass through `wellFormed`. What the package's own imports
/// return is left as it is: an exception must not cross the module.
fn checked_texts(glue: &str) -> Result<String> {
    let mut text = String::from("import { wellFormed } from \"../js/text.js\";\n");
    let mut pieces = glue.split(PASSES_TEXT);
    text.push_str(pieces.next().unwrap_or_default());
    let mut checked = 0;
    for piece in pieces {
        text.push_str(PASSES_TEXT);
        let (name, rest) = piece.split_once(',').ok_or("a text that is passed alone")?;
        // The function itself, and what an import returns.
        if name == "arg" || name == "ret" {
            text.push_str(piece);
        } else {
            text.push_str(&format!("wellFormed({name}),{rest}"));
            checked += 1;
        }
    }
    if checked == 0 {
        return Err(format!(
            "the JavaScript around the module has changed: where is `{PASSES_TEXT}`?"
        )
        .into());
    }
    Ok(text)
}

/// Replaces a piece of wasm-bindgen's JavaScript.
fn edited(glue: &str, old: &str, new: &str) -> Result<String> {
    if glue.contains(old) {
        Ok(glue.replace(old, new))
    } else {
        Err(format!("the JavaScript around the module has changed: where is `{old}`?").into())
    }
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
