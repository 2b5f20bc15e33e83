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
    /// The last day whose lifecycle rules were applied, since 1970. It is saved with the rest only: applying them again
    /// changes nothing.
    #[serde(default)]
    pub(crate) lifecycle_day: Option<u64>,
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

    /// Returns the bucket with this id, if it belongs to the account of the key.
    pub(crate) fn bucket_of(&self, key: &Key, bucket_id: &str) -> Option<&Bucket> {
        self.buckets.get(bucket_id).filter(|bucket| bucket.account_id == key.account_id)
    }

    /// Returns the version with this id, and its bucket, if they belong to the account of the key.
    pub(crate) fn version_of(&self, key: &Key, file_id: &str) -> Option<(&Bucket, &Version)> {
        self.version(file_id).filter(|(bucket, _)| bucket.account_id == key.account_id)
    }

    /// Gives what was saved without an account to this one: earlier versions had one account.
    pub(crate) fn complete_accounts(&mut self, account_id: &str) {
        let keys = self.keys.values_mut_unrecorded().map(|key| &mut key.account_id);
        let buckets = self.buckets.values_mut_unrecorded().map(|bucket| &mut bucket.account_id);
        for id in keys.chain(buckets).filter(|id| id.is_empty()) {
            account_id.clone_into(id);
        }
    }

    /// Removes all keys and buckets.
    pub(crate) fn clear(&mut self) {
        for id in self.keys.keys().cloned().collect::<Vec<_>>() {
            self.keys.remove(&id);
        }
        for id in self.buckets.keys().cloned().collect::<Vec<_>>() {
            self.buckets.remove(&id);
        }
        self.lifecycle_day = None;
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
