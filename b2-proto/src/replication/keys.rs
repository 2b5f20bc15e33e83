//! The application keys with which B2 replicates.

use alloc::string::String;
use alloc::vec::Vec;

use super::setup::Side;
use crate::api::CreateKey;
use crate::model::{ApplicationKey, BucketId, Capability};

/// The capabilities of the key with which B2 reads the files of a source bucket.
pub const SOURCE_CAPABILITIES: [Capability; 3] =
    [Capability::READ_FILES, Capability::READ_FILE_LEGAL_HOLDS, Capability::READ_FILE_RETENTIONS];

/// The capabilities of the key with which B2 writes the replicas to a destination bucket.
pub const DESTINATION_CAPABILITIES: [Capability; 4] = [
    Capability::WRITE_FILES,
    Capability::WRITE_FILE_LEGAL_HOLDS,
    Capability::WRITE_FILE_RETENTIONS,
    Capability::DELETE_FILES,
];

/// The number of characters of a bucket name that the name of its key has.
const NAME_CHARS: usize = 91;

impl Side {
    fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Source => &SOURCE_CAPABILITIES,
            Self::Destination => &DESTINATION_CAPABILITIES,
        }
    }

    /// Returns the name of the key of a bucket. Names of keys have no dots.
    fn key_name(self, bucket_name: &str) -> String {
        let start: String =
            bucket_name.chars().take(NAME_CHARS).map(|c| if c == '.' { '-' } else { c }).collect();
        match self {
            Self::Source => start + "-replisrc",
            Self::Destination => start + "-replidst",
        }
    }

    /// Returns whether B2 can replicate any file of the bucket with this key.
    pub(super) fn can_use(self, key: &ApplicationKey, bucket_id: &BucketId) -> bool {
        key.has_capabilities(self.capabilities())
            && key.name_prefix.as_ref().is_none_or(String::is_empty)
            && key.bucket_ids.as_ref().is_none_or(|ids| ids.contains(bucket_id))
    }

    /// Returns whether this is a key that a set-up created for the bucket and that may have remained without use.
    pub(super) fn is_own(self, key: &ApplicationKey, bucket_id: &BucketId, name: &str) -> bool {
        let only_this = |ids: &Vec<BucketId>| ids.len() == 1 && ids.contains(bucket_id);
        key.key_name == self.key_name(name)
            && key.bucket_ids.as_ref().is_some_and(only_this)
            && key.capabilities.len() == self.capabilities().len()
            && key.expiration_timestamp.is_none()
            && self.can_use(key, bucket_id)
    }

    /// Returns the call that creates the key of a bucket. The prefix of a rule is not one of the key, so that rules with
    /// other prefixes can use the same key.
    pub(super) fn create_key(self, bucket_id: &BucketId, bucket_name: &str) -> CreateKey {
        let mut call =
            CreateKey::new(self.key_name(bucket_name), self.capabilities().iter().cloned());
        call.bucket_ids = Some(vec![bucket_id.clone()]);
        call
    }
}
