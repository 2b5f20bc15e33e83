//! The native crates for Windows and macOS.

use super::DENY_WARNINGS;
use super::runner::Runner;
use crate::Result;
use crate::cargo::{add_target, cargo, has_target};

const TARGETS: &[&str] = &["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

/// Lints the library and the command for each target.
///
/// The build scripts of ring and SQLite compile C. Nothing is linked here, so `true` stands in for the C compiler and
/// the archiver, and no toolchain of the target is needed.
pub(super) fn check(runner: &mut Runner) -> Result<()> {
    for target in TARGETS {
        add_target(target)?;
        if !has_target(target) {
            runner.print(&format!("{target} is not installed: skipped"))?;
            continue;
        }
        runner.print(target)?;
        let name = target.replace('-', "_");
        let mut clippy = cargo();
        clippy.env(format!("CC_{name}"), "true").env(format!("AR_{name}"), "true");
        clippy.args(["clippy", "--target", target, "-p", "b2-native", "-p", "b2-cli"]);
        runner.run(clippy.args(DENY_WARNINGS))?;
    }
    Ok(())
}
