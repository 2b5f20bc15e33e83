//! The division of a synchronization into parts for several machines.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use b2_proto::list::LsOptions;
use b2_proto::machine::{LocalScan, ScanItem};
use b2_proto::sync::{NameRange, ShardPlanner};
use futures::TryStreamExt;

use super::Synchronizer;
use crate::error::Error;
use crate::host::Host;

impl<H: Host> Synchronizer<H> {
    /// Divides the names into at most `count` ranges with about the same number of files of the source, by one listing of
    /// it. Returns each range with its approximate number of files.
    ///
    /// A synchronization of each [`range`](Self::range) does together what this one does, on one machine or on many. The
    /// ranges cover all names, also those that only the destination has.
    ///
    /// # Errors
    ///
    /// Every error of the listing or of the local scan. An entry that cannot be read is no error: it is reported by the
    /// synchronization of its range.
    pub async fn shards(&self, count: NonZeroU32) -> Result<Vec<(NameRange, u64)>, Error> {
        self.check()?;
        let mut planner = ShardPlanner::new(count);
        if let Some(folder) = self.source.local_folder() {
            let scan = LocalScan {
                filter: self.policies.clone(),
                range: self.options.range.clone(),
                symlinks: self.symlinks,
                names: None,
                may_be_missing: false,
            };
            let mut pages = folder.scan(scan);
            while let Some(page) = pages.try_next().await.map_err(Error::local)? {
                for item in &page {
                    if let ScanItem::File(file) = item {
                        planner.add(&file.name);
                    }
                }
            }
        } else if let Some((bucket, prefix)) = self.source.bucket_and_prefix() {
            let mut entries = bucket.ls(LsOptions::with_prefix(prefix).recursive(true));
            while let Some(entry) = entries.try_next().await? {
                let name = entry.name().strip_prefix(prefix).unwrap_or_default();
                if self.policies.keeps_name(name) && self.options.range.contains(name) {
                    planner.add(name);
                }
            }
        }
        Ok(planner.finish())
    }
}
