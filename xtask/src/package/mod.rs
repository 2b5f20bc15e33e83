//! `cargo xtask package`: the npm package, from the Rust code and the modules in `b2-wasm/js`.
//!
//! - [`mod@build`] compiles the crate once for each entry and generates the JavaScript around it.
//! - [`tools`] installs wasm-opt, esbuild and the TypeScript compiler from npm.
//! - [`assemble`] lays the package out; [`scripts`] bundles its JavaScript.
//! - [`sizes`] measures what a page loads, and fails if it exceeds its limit; [`parts`] lists the largest functions.
//! - [`mod@conformance`] tests the package in each JavaScript runtime; [`host`] builds the tests of the browser host.

mod assemble;
mod build;
mod conformance;
mod host;
mod parts;
mod scripts;
mod sizes;
mod tools;

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

const ENTRIES: [Entry; 4] = [
    Entry { name: "full", features: &["standalone", "full"], ceiling: 325_000, goal: 180_000 },
    Entry { name: "upload", features: &["standalone", "upload"], ceiling: 173_000, goal: 115_000 },
    Entry { name: "sync", features: &["standalone", "sync"], ceiling: 387_000, goal: 240_000 },
    Entry {
        name: "gateway",
        features: &["standalone", "gateway"],
        ceiling: 214_000,
        goal: 210_000,
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

/// Builds the package with the entries that are named, or with all; with `--parts`, lists what makes them large.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let explain = arguments.iter().any(|argument| argument == "--parts");
    let mut entries = Vec::new();
    for name in arguments.iter().filter(|argument| *argument != "--parts") {
        let entry = ENTRIES.iter().find(|entry| entry.name == name);
        entries.push(entry.ok_or_else(|| format!("the package has no entry {name}"))?);
    }
    if entries.is_empty() {
        entries.extend(&ENTRIES);
    }
    let places = Places::new()?;
    let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
    build(&places, &names, explain)?;
    println!("{}", places.package.display());
    sizes::check(&places, &entries)
}

/// Builds the package with the entries of these names; explains what makes them large, if that is asked for.
pub(crate) fn build(places: &Places, names: &[&str], explain: bool) -> Result<()> {
    let tools = tools::Tools::for_package(places)?;
    add_target(WASM)?;
    assemble::begin(places)?;
    for entry in ENTRIES.iter().filter(|entry| names.contains(&entry.name)) {
        let built = build::module(places, &tools, entry, &assemble::source(places).join("wasm"))?;
        assemble::module(places, entry, &built)?;
        if explain {
            println!("{}", parts::largest(&built.with_names(&tools)?, entry.name)?);
        }
    }
    scripts::bundle(places, &tools, names)?;
    assemble::finish(places)
}
