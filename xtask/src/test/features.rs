//! The library crates with each feature that selects code of them alone, with none, and with all.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::DENY_WARNINGS;
use super::runner::Runner;
use crate::Result;
use crate::cargo::WASM;

/// The library crates, checked natively.
const LIBRARIES: &[&str] = &["b2-proto", "b2-client", "b2-native", "b2-sim"];

/// Features of `b2-wasm` that it cannot be compiled without: one for each entry of the npm package.
const ENTRIES: &[&str] = &["upload", "full", "gateway"];

/// Lints the library crates with each set of features, and `b2-wasm` with each of its entries and with all features.
pub(super) fn check(runner: &mut Runner) -> Result<()> {
    let metadata = runner.workspace().metadata()?;
    for package in LIBRARIES {
        let all = features(&metadata, package)?;
        let source = source(&runner.workspace().root.join(package).join("src"))?;
        for features in sets(&all, |feature| selects_code(&source, feature)) {
            lint(runner, package, &features, &[])?;
        }
    }
    let all = features(&metadata, "b2-wasm")?.join(",");
    for features in ENTRIES.iter().copied().chain([all.as_str()]) {
        lint(runner, "b2-wasm", features, &["--target", WASM])?;
    }
    Ok(())
}

fn lint(runner: &Runner, package: &str, features: &str, target: &[&str]) -> Result<()> {
    let set = if features.is_empty() { "no features" } else { features };
    runner.print(&format!("{package}: {set}"))?;
    // Dependencies in the workspace are compiled, and not linted once more: they are packages of this step too.
    let command = ["clippy", "--quiet", "--no-deps", "-p", package];
    let features = ["--no-default-features", "--features", features];
    runner.cargo([&command[..], &features, target, DENY_WARNINGS].concat())
}

/// Returns the names of a package's features, without `default`.
fn features(metadata: &Value, package: &str) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata has no packages")?;
    let found = packages.iter().find(|found| found["name"] == package);
    let features = found.and_then(|found| found["features"].as_object());
    let features = features.ok_or_else(|| format!("the workspace has no package {package}"))?;
    Ok(features.keys().filter(|name| *name != "default").cloned().collect())
}

/// Returns the text of the Rust files in a folder and the folders in it.
fn source(folder: &Path) -> Result<String> {
    let mut text = String::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path)?);
            }
        }
    }
    Ok(text)
}

/// Returns whether code is compiled only with the feature, or only without it.
fn selects_code(source: &str, feature: &str) -> bool {
    source.contains(&format!("feature = \"{feature}\""))
}

/// Returns the sets of features to check, each joined by commas.
///
/// A feature that selects no code, and only passes on to dependencies, is not checked alone: the code is that without
/// features, against dependencies that have no less than then, and no more than with all features.
fn sets(features: &[String], selects_code: impl Fn(&str) -> bool) -> Vec<String> {
    let mut sets = vec![String::new()];
    sets.extend(features.iter().filter(|feature| selects_code(feature)).cloned());
    if features.len() > 1 {
        sets.push(features.join(","));
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_alone_none_and_all() {
        let features = ["a", "b"].map(str::to_owned);
        let all = |_: &str| true;
        assert_eq!(sets(&features, all), ["", "a", "b", "a,b"]);
        assert_eq!(sets(&features[..1], all), ["", "a"]);
        assert_eq!(sets(&[], all), [""]);
    }

    #[test]
    fn a_feature_that_selects_no_code_is_not_checked_alone() {
        let source = "#[cfg(feature = \"a\")]\nmod a;\n// feature b\n";
        let features = ["a", "b"].map(str::to_owned);
        let sets = sets(&features, |feature| selects_code(source, feature));
        assert_eq!(sets, ["", "a", "a,b"]);
    }
}
