//! Builds for places without sockets and files.

use std::collections::BTreeSet;

use crate::Result;
use crate::cargo::{WASM, cargo};

/// What has no place there: it opens sockets or files, or brings an HTTP stack or a runtime of its own.
const BANNED: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "reqwest",
    "http",
    "hyper",
    "hyper-util",
    "h2",
    "rustls",
    "native-tls",
    "openssl",
    "rusqlite",
    "tempfile",
    "rustix",
    "libc",
];

/// The words of a cargo command for packages there.
pub(super) fn packages<'a>(
    command: &'a [&'a str],
    packages: &'a [&'a str],
) -> impl Iterator<Item = &'a str> {
    let packages = packages.iter().flat_map(|package| ["--package", *package]);
    command.iter().copied().chain(["--target", WASM]).chain(packages)
}

/// Fails if a package needs there what has no place there.
pub(super) fn check_dependencies(package: &str) -> Result<()> {
    let output = cargo()
        .args(["tree", "--target", WASM, "--package", package, "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let tree = String::from_utf8(output.stdout)?;
    let names = names(&tree);
    if names.is_empty() {
        return Err(format!("cargo told nothing about {package}").into());
    }
    let banned: Vec<_> = BANNED.iter().filter(|name| names.contains(*name)).collect();
    if !banned.is_empty() {
        return Err(format!("{package} depends on {banned:?} for {WASM}").into());
    }
    println!("{package}: {} crates, and none that has no place there", names.len());
    Ok(())
}

fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_first() {
        let tree = "b2-client v0.1.0 (/somewhere)\nbytes v1.12.0\nserde v1.0.0 (*)\n\n";
        assert_eq!(names(tree), BTreeSet::from(["b2-client", "bytes", "serde"]));
    }

    #[test]
    fn a_command_for_packages() {
        let words: Vec<_> = packages(&["build"], &["a", "b"]).collect();
        let expected = ["build", "--target", WASM, "--package", "a", "--package", "b"];
        assert_eq!(words, expected);
    }
}
