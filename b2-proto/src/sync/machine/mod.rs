//! The machine that synchronizes.

use alloc::string::String;

use crate::model::BucketId;

/// One side of a synchronization.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// The local folder.
    Local,
    /// A folder of a bucket.
    Bucket {
        /// The bucket.
        bucket_id: BucketId,
        /// The prefix of all names: empty, or a folder with a slash at its end.
        prefix: String,
    },
}

/// Makes the destination like the source.
#[derive(Debug)]
pub struct Sync {}
