//! The state of the service: keys, buckets, files and tokens.

mod bucket;
mod changes;
mod encryption;
mod file_object;
mod files;
mod ids;
mod info;
mod key;
mod lock;
mod names;
mod rules;
mod table;
mod tokens;

use serde::{Deserialize, Serialize};

pub(crate) use bucket::Bucket;
pub(crate) use changes::Change;
pub(crate) use encryption::{CustomerKey, Encryption, EncryptionObject};
pub(crate) use file_object::FileObject;
pub(crate) use files::{Files, Kind, Part, Version};
pub(crate) use ids::{Ids, bucket_id_of, file_id, position_of};
pub(crate) use info::Info;
pub(crate) use key::{ACCOUNT_LEVEL, Key};
pub(crate) use lock::{
    DAY_MILLIS, DefaultRetention, Retention, RetentionMode, RetentionObject, hold_name, parse_hold,
};
pub(crate) use names::{check_bucket_name, check_file_info, check_file_name};
pub(crate) use rules::{CorsRule, LifecycleRule, check_notifications, check_replication};
pub(crate) use table::Table;
pub(crate) use tokens::{AccountToken, DownloadToken, Target, Tokens, UploadToken};

/// The state that is saved. Tokens are not saved, so clients authorize again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) ids: Ids,
    pub(crate) keys: Table<Key>,
    pub(crate) buckets: Table<Bucket>,
}

impl State {
    /// Returns the bucket with this name, ignoring case.
    pub(crate) fn bucket_named(&self, name: &str) -> Option<&Bucket> {
        let same = |bucket: &&Bucket| bucket.name.eq_ignore_ascii_case(name);
        self.buckets.values().find(same)
    }

    /// Returns the version with this id, and its bucket.
    pub(crate) fn version(&self, file_id: &str) -> Option<(&Bucket, &Version)> {
        let bucket = self.buckets.get(bucket_id_of(file_id)?)?;
        Some((bucket, bucket.files.get(file_id)?))
    }

    /// Returns the version with this id for changes.
    pub(crate) fn version_mut(&mut self, file_id: &str) -> Option<&mut Version> {
        self.files_mut(bucket_id_of(file_id)?)?.get_mut(file_id)
    }

    /// Returns the files of a bucket for changes.
    pub(crate) fn files_mut(&mut self, bucket_id: &str) -> Option<&mut Files> {
        self.buckets.get_mut_unrecorded(bucket_id).map(|bucket| &mut bucket.files)
    }
}
