//! Programs from npm.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Places;
use crate::Result;
use crate::cargo::run;

/// Installed programs from npm.
pub(crate) struct Tools {
    modules: PathBuf,
}

impl Tools {
    /// Installs what builds and checks the package.
    pub(crate) fn for_package(places: &Places) -> Result<Self> {
        Self::install(places, "b2-wasm/tools/package.json", "npm-tools")
    }

    /// Installs the programs in a list, with its versions, to a folder of the target folder, if necessary.
    pub(crate) fn install(places: &Places, list: &str, folder: &str) -> Result<Self> {
        let folder = places.target.join(folder);
        let wanted = fs::read(places.root.join(list))?;
        let project = folder.join("package.json");
        let installed = folder.join("node_modules/.installed");
        let fresh = fs::read(&installed).is_ok_and(|seen| seen == wanted);
        if !fresh {
            fs::create_dir_all(&folder)?;
            fs::write(&project, &wanted)?;
            let mut npm = Command::new("npm");
            npm.args([
                "install",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                // Two versions of React are tested.
                "--legacy-peer-deps",
            ]);
            run(npm.current_dir(&folder))?;
            fs::write(&installed, &wanted)?;
        }
        Ok(Self { modules: folder.join("node_modules") })
    }

    /// Returns the command for a program that runs in Node.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.modules.join(script));
        command
    }
}
