//! The encryption of the files of a synchronization (`AbstractSyncEncryptionSettingsProvider`).

use alloc::collections::BTreeMap;
use core::fmt;

use crate::machine::LocalFile;
use crate::model::{BucketId, EncryptionSetting, FileVersion};

/// Chooses the encryption of each file of a synchronization. `None` means the default of the bucket, and for reading that
/// no key is needed.
pub trait SyncEncryption: fmt::Debug + Send + Sync {
    /// Returns the encryption of a new file that is uploaded. `name` is its full name in the bucket.
    fn upload(&self, bucket: &BucketId, name: &str, file: &LocalFile) -> Option<EncryptionSetting>;

    /// Returns the encryption with which a version is downloaded.
    fn download(&self, bucket: &BucketId, version: &FileVersion) -> Option<EncryptionSetting>;

    /// Returns the encryption of a version that is copied.
    fn copy_source(&self, bucket: &BucketId, version: &FileVersion) -> Option<EncryptionSetting>;

    /// Returns the encryption of the copy of a version. `name` is its full name in the destination.
    fn copy_destination(
        &self,
        bucket: &BucketId,
        name: &str,
        version: &FileVersion,
    ) -> Option<EncryptionSetting>;
}

/// The encryption by bucket (`BasicSyncEncryptionSettingsProvider`). Without any, it is the default of the bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BucketEncryption {
    read: BTreeMap<BucketId, EncryptionSetting>,
    write: BTreeMap<BucketId, EncryptionSetting>,
}

impl BucketEncryption {
    /// Creates the default of each bucket.
    #[must_use]
    pub const fn new() -> Self {
        Self { read: BTreeMap::new(), write: BTreeMap::new() }
    }

    /// Sets the encryption with which files of the bucket are read.
    #[must_use]
    pub fn read(mut self, bucket: impl Into<BucketId>, encryption: EncryptionSetting) -> Self {
        self.read.insert(bucket.into(), encryption);
        self
    }

    /// Sets the encryption of files that are created in the bucket.
    #[must_use]
    pub fn write(mut self, bucket: impl Into<BucketId>, encryption: EncryptionSetting) -> Self {
        self.write.insert(bucket.into(), encryption);
        self
    }
}

impl SyncEncryption for BucketEncryption {
    fn upload(&self, bucket: &BucketId, _: &str, _: &LocalFile) -> Option<EncryptionSetting> {
        self.write.get(bucket).cloned()
    }

    fn download(&self, bucket: &BucketId, _: &FileVersion) -> Option<EncryptionSetting> {
        self.read.get(bucket).cloned()
    }

    fn copy_source(&self, bucket: &BucketId, _: &FileVersion) -> Option<EncryptionSetting> {
        self.read.get(bucket).cloned()
    }

    fn copy_destination(
        &self,
        bucket: &BucketId,
        _: &str,
        _: &FileVersion,
    ) -> Option<EncryptionSetting> {
        self.write.get(bucket).cloned()
    }
}
