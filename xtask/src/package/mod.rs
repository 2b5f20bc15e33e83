//! `cargo xtask package`: the npm package, from the Rust code and the modules in `b2-wasm/js`.
//!
//! - [`mod@build`] compiles the crate once for each entry and writes the JavaScript around it; [`names`] are
//!   those between the two, [`order`] is that of the module's functions.
//! - [`tools`] brings what npm has: wasm-opt, esbuild, the TypeScript compiler.
//! - [`assemble`] lays the package out; [`scripts`] bundles its JavaScript.
//! - [`sizes`] says what a page has to load, and fails if it has grown over its ceiling; [`parts`] says of
//!   what, as far as [`wasm`] knows modules.
//! - [`mod@conformance`] uses the package as a user would; [`host`] builds the tests of what is below it.

mod assemble;
mod build;
mod conformance;
mod host;
mod names;
mod order;
mod parts;
mod scripts;
mod sizes;
mod tools;
mod wasm;

use std::path::PathBuf;

use crate::Result;
use crate::cargo::{WASM, Workspace, add_target};

pub(crate) use conformance::{command as conformance_command, run as conformance};

/// Something that a page loads: a module of its own, with the features it needs and no more.
pub(crate) struct Entry {
    /// The name of its files.
    pub(crate) name: &'static str,
    /// The features of `b2-wasm`.
    pub(crate) features: &'static [&'static str],
    /// How many bytes a page has to load for it at most, compressed.
    pub(crate) ceiling: u64,
    /// How many bytes it should be.
    pub(crate) goal: u64,
}

const ENTRIES: [Entry; 3] = [
    Entry { name: "full", features: &["standalone", "full"], ceiling: 180_000, goal: 120_000 },
    Entry { name: "upload", features: &["standalone", "upload"], ceiling: 115_000, goal: 80_000 },
    Entry {
        name: "gateway",
        features: &["standalone", "gateway"],
        ceiling: 210_000,
        goal: 120_000,
    },
];

/// The package is built here, under cargo's target folder.
pub(crate) struct Places {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// The package.
    pub(crate) package: PathBuf,
}

impl Places {
    pub(crate) fn new() -> Result<Self> {
        let Workspace { root, target } = Workspace::find()?;
        let package = target.join("npm");
        Ok(Self { root, target, package })
    }
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let explain = match arguments {
        [] => false,
        [flag] if flag == "--parts" => true,
        _ => return Err("package takes one option: --parts".into()),
    };
    let places = Places::new()?;
    build(&places, &ENTRIES.map(|entry| entry.name), explain)?;
    println!("{}", places.package.display());
    sizes::check(&places, &ENTRIES)
}

/// Builds the package with the entries of these names; explains what makes them large, if that is asked for.
pub(crate) fn build(places: &Places, names: &[&str], explain: bool) -> Result<()> {
    let tools = tools::Tools::install(places)?;
    add_target(WASM)?;
    assemble::begin(places)?;
    for entry in ENTRIES.iter().filter(|entry| names.contains(&entry.name)) {
        let built = build::module(places, &tools, entry)?;
        assemble::module(places, entry, &built)?;
        if explain {
            println!("{}", parts::largest(&std::fs::read(&built.named)?, entry.name)?);
        }
    }
    scripts::bundle(places, &tools, names)?;
    assemble::finish(places)
}
