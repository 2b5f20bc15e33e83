//! Runs the simulator as a separate process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::account::{Account, text};
use crate::Result;

/// The bucket of the benchmark.
pub(crate) const BUCKET: &str = "benchmark";

/// A running simulator. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Sim {
    process: Child,
    realm: String,
    key_id: String,
    key: String,
}

impl Sim {
    /// Starts a simulator with a bucket. With `discard` it does not store the content of files.
    pub(crate) fn start(b2: &Path, discard: bool) -> Result<Self> {
        let mut command = Command::new(b2);
        command.args(["sim", "--json"]);
        if discard {
            command.arg("--discard");
        }
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the simulator has no output")?;
        let mut printed = String::new();
        for line in BufReader::new(output).lines() {
            printed.push_str(&line?);
            if let Ok(json) = serde_json::from_str::<Value>(&printed) {
                let sim = Self {
                    process,
                    realm: text(&json["realm"])?,
                    key_id: text(&json["keyId"])?,
                    key: text(&json["key"])?,
                };
                sim.account()?.create_bucket(BUCKET)?;
                return Ok(sim);
            }
        }
        Err(format!("the simulator did not start: {printed}").into())
    }

    /// Authorizes the account.
    pub(crate) fn account(&self) -> Result<Account> {
        Account::authorize(&self.realm, &self.key_id, &self.key)
    }

    /// Sets the environment variables of a client. `folder` is for files such as its configuration.
    pub(crate) fn environment(&self, folder: &Path, command: &mut Command) {
        command
            .env("B2_ENVIRONMENT", &self.realm)
            .env("B2_APPLICATION_KEY_ID", &self.key_id)
            .env("B2_APPLICATION_KEY", &self.key)
            .env("B2_ACCOUNT_INFO", folder.join("account_info"))
            .env("RCLONE_CONFIG", folder.join("rclone.conf"))
            .env("RCLONE_CONFIG_SIM_TYPE", "b2")
            .env("RCLONE_CONFIG_SIM_ACCOUNT", &self.key_id)
            .env("RCLONE_CONFIG_SIM_KEY", &self.key)
            .env("RCLONE_CONFIG_SIM_ENDPOINT", &self.realm)
            .env("NO_PROXY", "127.0.0.1");
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
