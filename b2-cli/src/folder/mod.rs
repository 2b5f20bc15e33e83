//! Whole folders: many files at once, each with its own fate.

mod clashes;
mod download;
mod names;
mod report;
mod scan;
mod targets;
mod upload;

use std::time::{SystemTime, UNIX_EPOCH};

use b2_proto::model::EncryptionSetting;
use b2_proto::retry::RetryPolicy;
use b2_proto::time::Timestamp;

use crate::context::Context;

pub(crate) use download::download;
pub(crate) use names::safe_path;
pub(crate) use report::Report;
pub(crate) use scan::{LocalFile, Scanned, Skip, scan};
pub(crate) use upload::upload;

/// How many files move at once. Each holds at most a few buffers of 256 KiB.
pub(crate) const FILES_AT_ONCE: usize = 24;

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

/// A local time of change, if it is after 1970.
pub(crate) fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let millis = time.duration_since(UNIX_EPOCH).ok()?.as_millis();
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}
