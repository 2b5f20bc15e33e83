//! The library crates with each of their features alone, with none, and with all.

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
        for features in sets(&features(&metadata, package)?) {
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
    let command =
        ["clippy", "--quiet", "-p", package, "--no-default-features", "--features", features];
    runner.cargo([&command, target, DENY_WARNINGS].concat())
}

/// Returns the names of a package's features, without `default`.
fn features(metadata: &Value, package: &str) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata has no packages")?;
    let found = packages.iter().find(|found| found["name"] == package);
    let features = found.and_then(|found| found["features"].as_object());
    let features = features.ok_or_else(|| format!("the workspace has no package {package}"))?;
    Ok(features.keys().filter(|name| *name != "default").cloned().collect())
}

/// Returns the sets of features to check, each joined by commas.
fn sets(features: &[String]) -> Vec<String> {
    let mut sets = vec![String::new()];
    sets.extend_from_slice(features);
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
        assert_eq!(sets(&features), ["", "a", "b", "a,b"]);
        assert_eq!(sets(&features[..1]), ["", "a"]);
        assert_eq!(sets(&[]), [""]);
    }
}
