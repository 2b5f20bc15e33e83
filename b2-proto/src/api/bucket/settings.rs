//! The settings of buckets, and what B2 refuses of them.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::api::invalid;
use crate::encoding::{fits_url, shown};
use crate::error::Error;
use crate::model::{
    BucketRetention, BucketType, Capability, CorsRule, EncryptionSetting, LifecycleRule,
    ReplicationConfiguration,
};

const MAX_INFO: usize = 10;

/// The settings that `b2_create_bucket` and `b2_update_bucket` share.
pub(super) struct Settings<'a> {
    pub(super) bucket_type: Option<&'a BucketType>,
    pub(super) info: Option<&'a BTreeMap<String, String>>,
    pub(super) cors: Option<&'a [CorsRule]>,
    pub(super) lifecycle: Option<&'a [LifecycleRule]>,
    pub(super) encryption: Option<&'a EncryptionSetting>,
    pub(super) retention: Option<&'a BucketRetention>,
    pub(super) file_lock: Option<bool>,
    pub(super) replication: Option<&'a ReplicationConfiguration>,
}

impl Settings<'_> {
    pub(super) fn are_none(&self) -> bool {
        self.bucket_type.is_none()
            && self.info.is_none()
            && self.cors.is_none()
            && self.lifecycle.is_none()
            && self.encryption.is_none()
            && self.retention.is_none()
            && self.file_lock.is_none()
            && self.replication.is_none()
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(BucketType::Snapshot | BucketType::Restricted | BucketType::Shared) =
            self.bucket_type
        {
            return Err(invalid(
                "a bucket can be made allPublic or allPrivate; other types are B2's own",
            ));
        }
        if let Some(info) = self.info {
            check_info(info)?;
        }
        CorsRule::check_all(self.cors.unwrap_or_default())?;
        LifecycleRule::check_all(self.lifecycle.unwrap_or_default())?;
        if self.encryption.is_some_and(|encryption| !encryption.can_be_bucket_default()) {
            return Err(invalid(
                "the default encryption of a bucket is SSE-B2: B2 encrypts all new files, and does not keep SSE-C keys",
            ));
        }
        if let Some(retention) = self.retention {
            retention.check()?;
        }
        self.replication.map_or(Ok(()), ReplicationConfiguration::check)
    }

    pub(super) fn also_needs(&self) -> Vec<Capability> {
        let mut needs = Vec::new();
        if self.file_lock == Some(true) || self.retention.is_some() {
            needs.push(Capability::WRITE_BUCKET_RETENTIONS);
        }
        if self.encryption.is_some() {
            needs.push(Capability::WRITE_BUCKET_ENCRYPTION);
        }
        if self.replication.is_some() {
            needs.push(Capability::WRITE_BUCKET_REPLICATIONS);
        }
        needs
    }
}

/// Checks that a bucket name holds only characters that B2 allows: ASCII letters, digits, `-` and `.`.
///
/// The other rules (length, where dots may be, the reserved start `b2-`) are the service's to enforce: they have
/// changed before.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), saying what is wrong.
pub fn check_bucket_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let problem = if name.is_empty() {
        "it is empty"
    } else if !name.bytes().all(allowed) {
        "it may hold only ASCII letters, digits, '-' and '.'"
    } else if !fits_url(name) {
        "HTTP clients resolve it in a URL"
    } else {
        return Ok(());
    };
    let shown = shown(name);
    Err(invalid(format!("B2 forbids the bucket name '{shown}': {problem}")))
}

fn check_info(info: &BTreeMap<String, String>) -> Result<(), Error> {
    if info.len() > MAX_INFO {
        return Err(invalid(format!(
            "a bucket carries at most {MAX_INFO} entries, not {}",
            info.len()
        )));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let bad = |name: &&String| !(1..=50).contains(&name.len()) || !name.bytes().all(allowed);
    match info.keys().find(bad) {
        None => Ok(()),
        Some(name) => {
            let shown = shown(name);
            Err(invalid(format!(
                "B2 forbids the bucket info name '{shown}': it has 1 to 50 ASCII letters, digits, '-' and '_'"
            )))
        }
    }
}
