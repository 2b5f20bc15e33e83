//! What a visitor may do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::uploads::Uploads;
use crate::account::AllowedBucket;
use crate::model::{BucketId, Capability};
use crate::time::Timestamp;

/// What one visitor may do, where, and for how long. The application's own check makes it.
///
/// A new grant allows nothing. What it says travels in the visitor's token: signed, so that nobody can
/// change it, and not encrypted, so that the visitor can read it.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::gateway::{Grant, Names, Uploads};
///
/// let hour = Duration::from_secs(3_600);
/// let grant = Grant::new("visitor-42", "4a48fe8875c6214145260818", "media", "u/42/", hour)
///     .uploads(Uploads::new(5_000_000_000, ["image/*", "video/mp4"]).names(Names::Unique).attachment())
///     .list();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    #[serde(rename = "o")]
    pub(super) owner: String,
    #[serde(rename = "b")]
    pub(super) bucket: AllowedBucket,
    #[serde(rename = "p")]
    pub(super) prefix: String,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(super) uploads: Option<Uploads>,
    #[serde(rename = "l", default)]
    pub(super) list: bool,
    #[serde(rename = "d", default)]
    pub(super) download: bool,
    #[serde(skip)]
    pub(super) lifetime: Duration,
}

impl Grant {
    /// A grant that allows nothing yet.
    ///
    /// `owner` is the application's name for the visitor: unfinished uploads belong to an owner, also when
    /// several owners share a prefix. All names start with `prefix`; end it with a slash, or `u/4` will
    /// also be the start of `u/42/`.
    #[must_use]
    pub fn new(
        owner: impl Into<String>,
        bucket_id: impl Into<BucketId>,
        bucket_name: impl Into<String>,
        prefix: impl Into<String>,
        lifetime: Duration,
    ) -> Self {
        Self {
            owner: owner.into(),
            bucket: AllowedBucket { id: bucket_id.into(), name: Some(bucket_name.into()) },
            prefix: prefix.into(),
            uploads: None,
            list: false,
            download: false,
            lifetime,
        }
    }

    /// Allows to upload.
    #[must_use]
    pub fn uploads(mut self, uploads: Uploads) -> Self {
        self.uploads = Some(uploads);
        self
    }

    /// Allows to list all files under the prefix, and to ask about each of them.
    #[must_use]
    pub fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// Allows to get download authorizations for names under the prefix. None outlives the grant.
    #[must_use]
    pub fn download(mut self) -> Self {
        self.download = true;
        self
    }

    /// The capabilities that a client is told. They keep it from asking in vain; what it may do is
    /// decided call by call.
    pub(super) fn capabilities(&self) -> Vec<Capability> {
        let upload = self.uploads.is_some();
        let any = upload || self.list || self.download;
        [
            // Going on with an unfinished file takes a listing of one's own.
            (upload || self.list, Capability::LIST_FILES),
            // A doubtful finish is looked up.
            (any, Capability::READ_FILES),
            (self.download, Capability::SHARE_FILES),
            (upload, Capability::WRITE_FILES),
        ]
        .into_iter()
        .filter_map(|(has, capability)| has.then_some(capability))
        .collect()
    }

    pub(super) fn check_bucket(&self, id: &BucketId) -> Result<(), Refusal> {
        if *id == self.bucket.id {
            return Ok(());
        }
        Err(Refusal::unauthorized("the grant is for another bucket"))
    }

    /// Checks a name, or a prefix for a listing. No prefix is a shorter one.
    pub(super) fn check_prefix(&self, name: &str) -> Result<(), Refusal> {
        if name.starts_with(&self.prefix) {
            return Ok(());
        }
        let prefix = self.prefix.escape_debug();
        Err(Refusal::unauthorized(format!("the grant is for names that start with '{prefix}'")))
    }

    pub(super) fn may_upload(&self) -> Result<&Uploads, Refusal> {
        self.uploads.as_ref().ok_or_else(|| Refusal::unauthorized("the grant is not for uploads"))
    }
}

/// A grant, and when it ends: what a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "g")]
    pub(super) grant: Grant,
    #[serde(rename = "x")]
    pub(super) expires: Timestamp,
}
