//! What WebAssembly modules look like, as far as the package has to know: their functions and what these are called.

use std::collections::BTreeMap;
use std::ops::Range;

/// The magic number and the version.
const HEAD: usize = 8;
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;
/// The part of the section with the names that has those of functions.
const FUNCTION_NAMES: u8 = 1;

/// What there is to know of a module.
#[derive(Default)]
pub(crate) struct Parsed<'a> {
    /// How many functions come from outside: they have the first numbers.
    pub(crate) imports: u64,
    /// The code of each function.
    pub(crate) functions: Vec<&'a [u8]>,
    /// The names of functions, by number.
    pub(crate) names: BTreeMap<u64, &'a str>,
    /// How many bytes of data it has.
    pub(crate) data: usize,
    /// Where the section with the names is, from its first byte to its last.
    pub(crate) name_section: Option<Range<usize>>,
}

impl<'a> Parsed<'a> {
    pub(crate) fn read(module: &'a [u8]) -> Option<Self> {
        let mut parsed = Self::default();
        let mut rest = Bytes(module.get(HEAD..)?);
        while !rest.0.is_empty() {
            let begin = module.len() - rest.0.len();
            let id = rest.byte()?;
            let mut section = rest.block()?;
            match id {
                IMPORT => parsed.imports = functions_imported(&mut section)?,
                CODE => {
                    for _ in 0..section.number()? {
                        parsed.functions.push(section.block()?.0);
                    }
                }
                DATA => parsed.data = section.0.len(),
                CUSTOM if section.block()?.0 == b"name" => {
                    parsed.names = names(&mut section)?;
                    parsed.name_section = Some(begin..module.len() - rest.0.len());
                }
                _ => {}
            }
        }
        Some(parsed)
    }
}

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

fn names<'a>(section: &mut Bytes<'a>) -> Option<BTreeMap<u64, &'a str>> {
    let mut names = BTreeMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = section.block()?;
        if id == FUNCTION_NAMES {
            for _ in 0..part.number()? {
                let number = part.number()?;
                names.insert(number, std::str::from_utf8(part.block()?.0).ok()?);
            }
        }
    }
    Some(names)
}

/// The module with other names for its functions.
pub(crate) fn rename(module: &[u8], parsed: &Parsed<'_>, names: &[String]) -> Vec<u8> {
    let mut functions = Vec::new();
    write_number(&mut functions, names.len() as u64);
    for (number, name) in (parsed.imports..).zip(names) {
        write_number(&mut functions, number);
        write_block(&mut functions, name.as_bytes());
    }
    let mut section = Vec::new();
    write_block(&mut section, b"name");
    section.push(FUNCTION_NAMES);
    write_block(&mut section, &functions);

    let old = parsed.name_section.clone().unwrap_or(module.len()..module.len());
    let mut renamed = [&module[..old.start], &module[old.end..]].concat();
    renamed.push(CUSTOM);
    write_block(&mut renamed, &section);
    renamed
}

fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn write_block(bytes: &mut Vec<u8>, block: &[u8]) {
    write_number(bytes, block.len() as u64);
    bytes.extend_from_slice(block);
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
