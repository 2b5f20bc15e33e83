//! What all parts of a synchronization read.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use super::job::{NewSync, Side};
use super::scanner::Scanner;
use crate::call::CallFactory;
use crate::machine::{LocalScan, NameRange};
use crate::model::BucketId;
use crate::sync::options::{Direction, SyncOptions};
use crate::sync::remote::RemoteScanOptions;

/// The description of the synchronization, checked.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) job: NewSync,
    pub(super) direction: Direction,
    /// The name of the bucket of the source, if files are downloaded by name: the account may share files and not read
    /// them.
    pub(super) download_from: Option<String>,
}

impl Context {
    pub(super) fn options(&self) -> &SyncOptions {
        &self.job.options
    }

    /// Returns whether the destination is looked up file by file.
    pub(super) fn looks_up_destination(&self) -> bool {
        let options = self.options();
        let is_bucket = matches!(self.job.destination, Side::Bucket { .. });
        is_bucket
            && options.reads_destination()
            && (options.no_traverse || self.job.names.is_some())
    }

    /// Returns whether the destination is listed.
    pub(super) fn lists_destination(&self) -> bool {
        self.options().reads_destination() && !self.looks_up_destination()
    }

    /// Returns whether files whose names end in a slash are transferred: they create folders.
    pub(super) fn creates_folders(&self) -> bool {
        self.direction == Direction::Down && !self.options().reads_destination()
    }

    /// Returns the names to look up in the source, if it is a bucket and they are given.
    pub(super) fn names_to_look_up(&self) -> Option<&Arc<[String]>> {
        self.job.names.as_ref().filter(|_| self.direction != Direction::Up)
    }

    /// Returns the scan of the source.
    pub(super) fn scan_source(&self, range: NameRange, calls: CallFactory) -> Scanner {
        let policies = self.job.policies.clone();
        match &self.job.source {
            Side::Local => Scanner::local(self.local_scan(range), Some(policies), calls),
            Side::Bucket { bucket_id, prefix } => {
                let as_of = self.options().as_of;
                let options = RemoteScanOptions {
                    bucket_id: bucket_id.clone(),
                    prefix: prefix.clone(),
                    versions: as_of.is_some() || policies.has_times(),
                    policies,
                    is_source: true,
                    folders: self.creates_folders(),
                    as_of,
                    range,
                };
                Scanner::bucket(options, calls)
            }
        }
    }

    /// Returns the scan of the destination.
    pub(super) fn scan_destination(&self, range: NameRange, calls: CallFactory) -> Scanner {
        match &self.job.destination {
            Side::Local => Scanner::local(self.local_scan(range), None, calls),
            Side::Bucket { bucket_id, prefix } => {
                let options = RemoteScanOptions {
                    bucket_id: bucket_id.clone(),
                    prefix: prefix.clone(),
                    versions: !self.options().removals.is_none(),
                    policies: self.job.policies.clone(),
                    is_source: false,
                    folders: false,
                    as_of: None,
                    range,
                };
                Scanner::bucket(options, calls)
            }
        }
    }

    fn local_scan(&self, range: NameRange) -> LocalScan {
        LocalScan {
            filter: self.job.policies.clone(),
            range,
            symlinks: self.job.symlinks,
            names: self.job.names.clone(),
            // A destination is created with its first file.
            may_be_missing: self.direction == Direction::Down,
        }
    }

    /// Returns the range of one name.
    pub(super) fn only(name: &str) -> NameRange {
        NameRange::new(Some(name.into()), Some(format!("{name}\0")))
    }

    /// Returns the bucket of the destination and the full name there.
    pub(super) fn destination(&self, name: &str) -> Option<(BucketId, String)> {
        in_bucket(&self.job.destination, name)
    }

    /// Returns the bucket of the source.
    pub(super) fn source_bucket(&self) -> Option<&BucketId> {
        match &self.job.source {
            Side::Local => None,
            Side::Bucket { bucket_id, .. } => Some(bucket_id),
        }
    }
}

fn in_bucket(side: &Side, name: &str) -> Option<(BucketId, String)> {
    match side {
        Side::Local => None,
        Side::Bucket { bucket_id, prefix } => Some((bucket_id.clone(), format!("{prefix}{name}"))),
    }
}
