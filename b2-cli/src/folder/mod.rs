//! Whole folders: many files at once, each with its own fate.

mod download;
mod scan;
mod upload;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use b2_proto::model::EncryptionSetting;
use b2_proto::retry::RetryPolicy;
use b2_proto::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;

pub(crate) use download::download;
pub(crate) use scan::{LocalFile, Skip, scan};
pub(crate) use upload::upload;

/// How many files move at once. Each holds at most a few buffers of 256 KiB.
pub(crate) const FILES_AT_ONCE: usize = 24;

/// How many failures are told one by one.
const TOLD: usize = 20;

/// How files move.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How many at once.
    pub(crate) at_once: usize,
    /// How large the parts of large files are.
    pub(crate) part_size: Option<u64>,
    /// Whether uploads go on with what an earlier run has left.
    pub(crate) resume: bool,
    /// Whether downloads are verified.
    pub(crate) verify: bool,
    /// How files that are read are encrypted.
    pub(crate) encryption: Option<EncryptionSetting>,
    pub(crate) retry: RetryPolicy,
}

impl Plan {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            at_once: FILES_AT_ONCE,
            part_size: None,
            resume: true,
            verify: true,
            encryption: None,
            retry: context.patience(),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) failed: u64,
    pub(crate) elapsed: Duration,
    begun: Instant,
    /// The first failure of all that concerns every file.
    fatal: Option<Failure>,
}

impl Report {
    fn begin() -> Self {
        Self {
            files: 0,
            bytes: 0,
            failed: 0,
            elapsed: Duration::ZERO,
            begun: Instant::now(),
            fatal: None,
        }
    }

    fn succeeded(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    /// Notes a failure; whether there is any use in going on.
    fn failed(&mut self, context: &Context, name: &str, failure: Failure) -> bool {
        if matches!(&failure, Failure::B2(error) if error.ends_everything()) {
            self.fatal.get_or_insert(failure);
            return false;
        }
        self.failed += 1;
        match usize::try_from(self.failed) {
            Ok(count) if count <= TOLD => context.warn(format!("{name}: {failure}")),
            Ok(count) if count == TOLD + 1 => context.warn("More failures follow."),
            _ => {}
        }
        true
    }

    fn end(mut self) -> Result<Self, Failure> {
        self.elapsed = self.begun.elapsed();
        match self.fatal.take() {
            Some(fatal) => Err(fatal),
            None => Ok(self),
        }
    }

    /// Tells a person; fails if any file did.
    pub(crate) fn print(&self, context: &Context, done: &str) -> Result<(), Failure> {
        if context.output.is_json() {
            context.output.json(&json!({
                "files": self.files,
                "bytes": self.bytes,
                "failed": self.failed,
                "seconds": self.elapsed.as_secs_f64(),
            }))?;
        } else {
            context.output.line(format!(
                "{} files {done}, {}, in {:.1} s",
                self.files,
                indicatif::DecimalBytes(self.bytes),
                self.elapsed.as_secs_f64()
            ))?;
        }
        self.fail_if_any_failed(done)
    }

    pub(crate) fn fail_if_any_failed(&self, done: &str) -> Result<(), Failure> {
        if self.failed > 0 {
            return Err(Failure::told(format!(
                "{} of {} files were not {done}; run the command again once the reasons above are gone",
                self.failed,
                self.files + self.failed
            )));
        }
        Ok(())
    }
}

/// A local time of change, if it is after 1970.
pub(crate) fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let millis = time.duration_since(UNIX_EPOCH).ok()?.as_millis();
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}
