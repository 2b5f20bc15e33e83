//! Synchronization: makes a folder like another one, local or in a bucket.
//!
//! B2 lists names in order, so two trees are compared by walking both in the order of the UTF-8 bytes of their names:
//! memory does not depend on the number of files. What each pair of entries calls for is decided by one function,
//! [`decide`].
//!
//! | module | contents |
//! | --- | --- |
//! | `machine` | [`Sync`]: the scans, the merge, a window of transfers, and the removals at the end |
//! | `decide`, `compare`, `keep` | what a pair of entries calls for |
//! | `remote` | groups the versions of a listing by name |
//! | `policies` | which files of the source are looked at |
//! | `shards` | ranges of names for several machines |
//! | `options`, `properties`, `entry`, `reason`, `removal`, `report`, `encryption` | data |

mod compare;
mod decide;
mod encryption;
mod entry;
mod keep;
mod machine;
mod options;
mod policies;
mod properties;
mod reason;
mod remote;
mod removal;
mod report;
mod shards;

pub use decide::{Decided, Decision, decide};
pub use encryption::{BucketEncryption, SyncEncryption};
pub use entry::{RemoteVersions, SyncEntry};
pub use machine::{NewSync, Side, Sync};
pub use options::{CompareBy, Direction, MaxRemovals, NewerFiles, Removals, SyncOptions};
pub use policies::{NameRule, ScanPolicies};
pub use properties::UploadProperties;
pub use reason::Reason;
pub use removal::{Removal, RemovalNote};
pub use report::{SyncEvent, SyncReport, TransferKind};
pub use shards::{Shard, ShardPlanner};

pub use crate::machine::{
    LocalFile, LocalScan, NameRange, ScanItem, ScanPage, SkipReason, SkippedEntry, Symlinks,
};
