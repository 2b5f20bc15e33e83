//! The state of the service: keys, buckets, files and tokens.

mod bucket;
mod encryption;
mod file_object;
mod files;
mod ids;
mod info;
mod key;
mod lock;
mod names;
mod rules;
mod tokens;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use bucket::Bucket;
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
pub(crate) use tokens::{AccountToken, DownloadToken, Target, Tokens, UploadToken};

/// The state that is saved. Tokens are not saved, so clients authorize again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) ids: Ids,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
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
        let bucket = self.buckets.get_mut(bucket_id_of(file_id)?)?;
        bucket.files.get_mut(file_id)
    }
}
