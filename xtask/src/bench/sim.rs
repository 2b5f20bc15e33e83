//! Runs the simulator as a separate process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::account::{Account, text};
use super::link::{Link, Properties};
use super::traffic::Traffic;
use crate::Result;

/// The bucket of the benchmark.
pub(crate) const BUCKET: &str = "benchmark";

/// A running simulator. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Sim {
    process: Child,
    log: PathBuf,
    realm: String,
    key_id: String,
    key: String,
}

impl Sim {
    /// Starts a simulator with a bucket, which writes its requests to `log`. With `discard` it does not store the content
    /// of files.
    /// Clients reach it through a link with these properties, if some are given.
    pub(crate) fn start(
        b2: &Path,
        discard: bool,
        log: &Path,
        properties: Option<Properties>,
    ) -> Result<Self> {
        let mut command = Command::new(b2);
        command.args(["sim", "--json", "-v"]);
        if let Some(properties) = properties {
            let (link, address) = (Link::bind(properties)?, free_address()?);
            command.args(["--listen", &address.to_string(), "--public-url", &link.url()?]);
            link.connect(address);
        }
        if discard {
            command.arg("--discard");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("the simulator has no output")?;
        let mut printed = String::new();
        for line in BufReader::new(output).lines() {
            printed.push_str(&line?);
            if let Ok(json) = serde_json::from_str::<Value>(&printed) {
                let sim = Self {
                    process,
                    log: log.to_owned(),
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

    /// Returns the requests since the start.
    pub(crate) fn traffic(&self) -> Result<Traffic> {
        Ok(Traffic::of(&fs::read_to_string(&self.log)?))
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

/// Returns an address of this machine that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
