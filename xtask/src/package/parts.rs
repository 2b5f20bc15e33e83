//! Of what a module consists: its largest functions, and the crates they come from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Result;

const CODE: u8 = 10;
const DATA: u8 = 11;
const IMPORT: u8 = 2;
const CUSTOM: u8 = 0;

/// How many to show.
const SHOWN: usize = 40;

/// The largest parts of a module with names, as a table.
pub(crate) fn largest(module: &[u8], title: &str) -> Result<String> {
    let parsed = Parsed::read(module).ok_or("this is no module that can be read")?;
    let mut text = format!("{title}: {} bytes, {} of them data\n", module.len(), parsed.data);
    let mut crates: BTreeMap<&str, u64> = BTreeMap::new();
    let mut functions = Vec::new();
    for (index, size) in parsed.sizes.iter().enumerate() {
        let name = parsed.names.get(&(index as u64 + parsed.imports)).copied().unwrap_or("?");
        *crates.entry(origin(name)).or_default() += size;
        functions.push((*size, name));
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

#[derive(Default)]
struct Parsed<'a> {
    imports: u64,
    sizes: Vec<u64>,
    names: BTreeMap<u64, &'a str>,
    data: usize,
}

impl<'a> Parsed<'a> {
    fn read(module: &'a [u8]) -> Option<Self> {
        let mut parsed = Self::default();
        let mut rest = Bytes(module.get(8..)?);
        while !rest.0.is_empty() {
            let id = rest.byte()?;
            let mut section = rest.block()?;
            match id {
                IMPORT => parsed.imports = functions_imported(&mut section)?,
                CODE => {
                    for _ in 0..section.number()? {
                        parsed.sizes.push(section.block()?.0.len() as u64);
                    }
                }
                DATA => parsed.data = section.0.len(),
                CUSTOM if section.block()?.0 == b"name" => parsed.names = names(&mut section)?,
                _ => {}
            }
        }
        Some(parsed)
    }
}

/// How many functions come from outside: they have the first numbers.
fn functions_imported(section: &mut Bytes<'_>) -> Option<u64> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.block()?;
        section.block()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.byte()?;
                section.byte()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// The names of functions, by number.
fn names<'a>(section: &mut Bytes<'a>) -> Option<BTreeMap<u64, &'a str>> {
    const FUNCTIONS: u8 = 1;
    let mut names = BTreeMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = section.block()?;
        if id == FUNCTIONS {
            for _ in 0..part.number()? {
                let number = part.number()?;
                names.insert(number, std::str::from_utf8(part.block()?.0).ok()?);
            }
        }
    }
    Some(names)
}

/// What is still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A length, and so many bytes.
    fn block(&mut self) -> Option<Bytes<'a>> {
        let len = usize::try_from(self.number()?).ok()?;
        let (block, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(Bytes(block))
    }

    fn limits(&mut self) -> Option<()> {
        let has_max = self.byte()? & 1 == 1;
        self.number()?;
        if has_max {
            self.number()?;
        }
        Some(())
    }
}
