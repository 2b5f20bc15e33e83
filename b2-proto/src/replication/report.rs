//! What a scan of a replication counts.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::list::Pair;
use crate::model::{FileAction, FileRetention, FileVersion, LegalHold, ReplicationStatus};

/// What matters about a file and its replica for their replication. Files with equal states are counted together.
///
/// Only the newest version of a name is looked at. What belongs to a file that is not there, or was not looked for, is
/// `None`. The JSON form is that of b2sdk.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReplicationState {
    /// The status of the file in the source bucket.
    pub source_replication_status: Option<ReplicationStatus>,
    /// Whether the source bucket hides the file. B2 does not replicate hide markers.
    pub source_has_hide_marker: Option<bool>,
    /// The mode of the encryption of the source: `none`, `SSE-B2` or `SSE-C`. B2 does not replicate SSE-C.
    pub source_encryption_mode: Option<String>,
    /// Whether name and file info of the source take more than 2,048 bytes. B2 does not replicate such files.
    pub source_has_large_metadata: Option<bool>,
    /// Whether the source has a retention, or the key may not read whether it has.
    pub source_has_file_retention: Option<bool>,
    /// Whether the source is under legal hold.
    pub source_has_legal_hold: Option<bool>,
    /// The status of the file in the destination bucket.
    pub destination_replication_status: Option<ReplicationStatus>,
    /// Whether the file info differs. `None` unless both files exist.
    pub metadata_differs: Option<bool>,
    /// Whether the SHA-1 or the MD5 differs. `None` unless both files exist.
    pub hash_differs: Option<bool>,
}

impl ReplicationState {
    /// Returns the state of a file and its replica.
    #[must_use]
    pub fn of(source: Option<&FileVersion>, destination: Option<&FileVersion>) -> Self {
        let mut state = Self::default();
        if let Some(source) = source {
            state.source_replication_status.clone_from(&source.replication_status);
            state.source_has_hide_marker = Some(source.action == FileAction::Hide);
            state.source_encryption_mode =
                source.server_side_encryption.mode().map(ToString::to_string);
            state.source_has_large_metadata = Some(source.has_large_header());
            state.source_has_file_retention = Some(source.file_retention != FileRetention::None);
            state.source_has_legal_hold = Some(source.legal_hold == LegalHold::On);
        }
        if let Some(destination) = destination {
            state.destination_replication_status.clone_from(&destination.replication_status);
        }
        if let (Some(source), Some(destination)) = (source, destination) {
            state.metadata_differs = Some(source.file_info != destination.file_info);
            let sha1 = |version: &FileVersion| version.content_sha1.digest();
            state.hash_differs = Some(
                source.content_md5 != destination.content_md5 || sha1(source) != sha1(destination),
            );
        }
        state
    }

    /// Returns whether there is a file in the source bucket.
    #[must_use]
    pub const fn has_source(&self) -> bool {
        self.source_has_hide_marker.is_some()
    }
}

/// The newest versions of one name in both buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationSample {
    /// The version in the source bucket.
    pub source: Option<FileVersion>,
    /// The version in the destination bucket.
    pub destination: Option<FileVersion>,
}

/// The files with one state.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplicationGroup {
    /// The state.
    pub state: ReplicationState,
    /// The number of files.
    pub count: u64,
    /// The first of them, in the order of names.
    pub first: Box<ReplicationSample>,
    /// The last of them, in the order of names.
    pub last: Box<ReplicationSample>,
}

/// The files of a replication, counted by their states.
///
/// Its memory depends on the number of different states, not on the number of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicationReport {
    groups: Vec<ReplicationGroup>,
    positions: BTreeMap<ReplicationState, usize>,
}

impl ReplicationReport {
    /// Counts a file.
    pub fn add(&mut self, pair: Pair<FileVersion, FileVersion>) {
        let (source, destination) = pair.into_options();
        let state = ReplicationState::of(source.as_ref(), destination.as_ref());
        let sample = Box::new(ReplicationSample { source, destination });
        if let Some(group) =
            self.positions.get(&state).and_then(|position| self.groups.get_mut(*position))
        {
            group.count += 1;
            group.last = sample;
            return;
        }
        self.positions.insert(state.clone(), self.groups.len());
        self.groups.push(ReplicationGroup { state, count: 1, first: sample.clone(), last: sample });
    }

    /// Returns the groups, in the order in which they were found.
    #[must_use]
    pub fn groups(&self) -> &[ReplicationGroup] {
        &self.groups
    }

    /// Returns the number of names.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }
}
