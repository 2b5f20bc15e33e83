//! The simulator, as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::account::{Account, text};
use crate::Result;

/// The bucket that everything is in.
pub(crate) const BUCKET: &str = "benchmark";

/// A running simulator. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Sim {
    process: Child,
    realm: String,
    key_id: String,
    key: String,
}

impl Sim {
    /// Starts one with a bucket; `discard` lets it forget what it is sent.
    pub(crate) fn start(b2: &Path, discard: bool) -> Result<Self> {
        let mut command = Command::new(b2);
        command.args(["sim", "--json"]);
        if discard {
            command.arg("--discard");
        }
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the simulator has no output")?;
        let mut said = String::new();
        for line in BufReader::new(output).lines() {
            said.push_str(&line?);
            if let Ok(told) = serde_json::from_str::<Value>(&said) {
                let sim = Self {
                    process,
                    realm: text(&told["realm"])?,
                    key_id: text(&told["keyId"])?,
                    key: text(&told["key"])?,
                };
                sim.account()?.create_bucket(BUCKET)?;
                return Ok(sim);
            }
        }
        Err(format!("the simulator did not start: {said}").into())
    }

    /// The account there.
    pub(crate) fn account(&self) -> Result<Account> {
        Account::authorize(&self.realm, &self.key_id, &self.key)
    }

    /// What every client finds in its environment. `folder` is for what they write on the side.
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
