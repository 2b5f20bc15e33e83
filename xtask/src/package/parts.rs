//! Of what a module consists: its largest functions, and the crates they come from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::wasm::Parsed;
use crate::Result;

/// How many to show.
const SHOWN: usize = 40;

/// The largest parts of a module with names, as a table.
pub(crate) fn largest(module: &[u8], title: &str) -> Result<String> {
    let parsed = Parsed::read(module).ok_or("this is no module that can be read")?;
    let mut text = format!("{title}: {} bytes, {} of them data\n", module.len(), parsed.data);
    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    let mut functions = Vec::new();
    for (index, code) in parsed.functions.iter().enumerate() {
        let name = parsed.names.get(&(index as u64 + parsed.imports)).copied().unwrap_or("?");
        *crates.entry(origin(name)).or_default() += code.len();
        functions.push((code.len(), name));
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in crates.into_iter().take(SHOWN / 2) {
        writeln!(text, "{size:>9}  {name}")?;
    }
    functions.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    text.push_str("the largest functions\n");
    for (size, name) in functions.into_iter().take(SHOWN) {
        let name: String = name.chars().take(150).collect();
        writeln!(text, "{size:>9}  {name}")?;
    }
    Ok(text)
}

/// The crate that a function was written in, as far as its name says.
fn origin(name: &str) -> &str {
    let name = name.trim_start_matches(['<', '&', '(', '[', '*']).trim_start_matches("dyn ");
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    &name[..end]
}
