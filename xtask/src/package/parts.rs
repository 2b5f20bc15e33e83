//! What makes a module large: its largest functions, and the crates they come from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::Result;

/// The number of rows in the table of functions.
const FUNCTIONS: usize = 40;
/// The number of rows in the table of crates.
const CRATES: usize = 20;

/// The functions and the data of a module.
#[derive(Default)]
struct Sizes<'a> {
    /// The number of imported functions, which have the first indices.
    imports: u32,
    /// The size of each function, in bytes.
    functions: Vec<usize>,
    /// The names of functions, by index.
    names: BTreeMap<u32, &'a str>,
    /// The size of the data section, in bytes.
    data: usize,
}

impl<'a> Sizes<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let mut sizes = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        sizes.imports += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => sizes.functions.push(body.range().len()),
                Payload::DataSection(data) => sizes.data = data.range().len(),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        sizes.read_names(names)?;
                    }
                }
                _ => {}
            }
        }
        Ok(sizes)
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'a>) -> Result<()> {
        for name in names {
            if let Name::Function(functions) = name? {
                for function in functions {
                    let function = function?;
                    self.names.insert(function.index, function.name);
                }
            }
        }
        Ok(())
    }
}

/// Returns a table of the largest parts of a module that has a name section.
pub(crate) fn largest(module: &[u8], title: &str) -> Result<String> {
    let sizes = Sizes::read(module)?;
    let mut text = format!("{title}: {} bytes, {} of them data\n", module.len(), sizes.data);
    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    let mut functions = Vec::new();
    for (index, size) in (sizes.imports..).zip(&sizes.functions) {
        let name = sizes.names.get(&index).copied().unwrap_or("?");
        *crates.entry(origin(name)).or_default() += size;
        functions.push((*size, name));
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in crates.into_iter().take(CRATES) {
        writeln!(text, "{size:>9}  {name}")?;
    }
    functions.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    text.push_str("the largest functions\n");
    for (size, name) in functions.into_iter().take(FUNCTIONS) {
        let name: String = name.chars().take(150).collect();
        writeln!(text, "{size:>9}  {name}")?;
    }
    Ok(text)
}

/// Returns the crate in the path of a function.
fn origin(name: &str) -> &str {
    let name = name.trim_start_matches(['<', '&', '(', '[', '*']).trim_start_matches("dyn ");
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_of_a_function() {
        assert_eq!(origin("b2_proto::list::Lister::poll"), "b2_proto");
        assert_eq!(origin("<dyn core::fmt::Debug as x>::fmt"), "core");
        assert_eq!(origin("<&b2_client::Client>::new"), "b2_client");
    }
}
