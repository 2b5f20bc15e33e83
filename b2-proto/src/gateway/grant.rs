//! What a visitor may do.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::signer::{Purpose, Signer};
use super::uploads::Uploads;
use crate::account::{Allowed, AllowedBucket};
use crate::api::Overrides;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::http::Headers;
use crate::http::names::AUTHORIZATION;
use crate::model::{BucketId, Capability, FileInfo};
use crate::time::Timestamp;

/// The id of a bucket that is known by its name. B2's ids are never empty.
const UNKNOWN: &str = "";

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
    #[serde(rename = "a", default, skip_serializing_if = "is_false")]
    pub(super) attachments: bool,
    #[serde(skip)]
    pub(super) lifetime: Duration,
    #[serde(skip)]
    pub(super) any_prefix: bool,
}

impl Grant {
    /// A grant that allows nothing yet.
    ///
    /// `owner` is the application's name for the visitor: unfinished uploads belong to an owner, also when
    /// several owners share a prefix. All names start with `prefix`, which ends with a slash, or `u/4` would also be
    /// the start of `u/42/`. A gateway lets nobody in with a grant that does not pass [`check`](Self::check).
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
            attachments: false,
            lifetime,
            any_prefix: false,
        }
    }

    /// Means it that the prefix is empty, which is the whole bucket, or does not end with a slash, so that it is also
    /// the start of other names. Without this, such a grant is taken for a mistake.
    #[must_use]
    pub fn any_prefix(mut self) -> Self {
        self.any_prefix = true;
        self
    }

    /// A grant for the bucket to which the application's own key is restricted, if that is its name. So the
    /// application need not know the bucket's id.
    #[must_use]
    pub fn in_own_bucket(
        owner: impl Into<String>,
        bucket_name: impl Into<String>,
        prefix: impl Into<String>,
        lifetime: Duration,
    ) -> Self {
        Self::new(owner, UNKNOWN, bucket_name, prefix, lifetime)
    }

    /// Finds out which bucket is meant.
    pub(super) fn resolve(&mut self, allowed: &Allowed) -> Result<(), Error> {
        if self.bucket.id.as_str() != UNKNOWN {
            return Ok(());
        }
        let name = self.bucket.name.as_deref().unwrap_or_default();
        let id = allowed.bucket_id(name).ok_or_else(|| {
            let message = "the application's key is not restricted to a bucket of this name; \
                           restrict it, or give the grant the id of the bucket";
            Error::new(ErrorKind::NonExistentBucket, message).with_subject(name)
        })?;
        self.bucket.id = id.clone();
        Ok(())
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

    /// Allows to get download authorizations with which a browser saves every file and shows none, whatever headers it
    /// was uploaded with. A grant for uploads with [`Uploads::attachment`] does so by itself.
    #[must_use]
    pub fn download_attachments(mut self) -> Self {
        self.attachments = true;
        self.download()
    }

    /// The headers that downloads have, whatever their URL asks for: those that all uploads get, and for attachments a
    /// type that no browser executes.
    pub(super) fn bound_headers(&self) -> Overrides {
        let info = |name| self.uploads.as_ref()?.info.get(name).map(str::to_owned);
        let mut bound = Overrides {
            content_disposition: info(FileInfo::CONTENT_DISPOSITION),
            content_language: info(FileInfo::CONTENT_LANGUAGE),
            expires: info(FileInfo::EXPIRES),
            cache_control: info(FileInfo::CACHE_CONTROL),
            content_encoding: info(FileInfo::CONTENT_ENCODING),
            content_type: None,
        };
        let saves = |disposition: &String| {
            let kind = disposition.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("attachment")
        };
        let saved = bound.content_disposition.as_ref().is_some_and(saves);
        if self.attachments && !saved {
            bound.content_disposition = Some("attachment".to_owned());
        }
        if self.attachments || saved {
            bound.content_type = Some("application/octet-stream".to_owned());
        }
        bound
    }

    /// The capabilities that a client is told. They keep it from asking in vain; what it may do is
    /// decided call by call.
    ///
    /// Never `readFiles`: whoever shares files and does not read them asks for a download authorization, and B2
    /// lets a page download with nothing else.
    pub(super) fn capabilities(&self) -> Vec<Capability> {
        let upload = self.uploads.is_some();
        [
            // Going on with an unfinished file takes a listing of one's own.
            (upload || self.list, Capability::LIST_FILES),
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
        if name.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(Refusal::bad_request("names have no control characters"));
        }
        if name.starts_with(&self.prefix) {
            return Ok(());
        }
        let prefix = shown(&self.prefix);
        Err(Refusal::unauthorized(format!("the grant is for names that start with '{prefix}'")))
    }

    pub(super) fn may_upload(&self) -> Result<&Uploads, Refusal> {
        self.uploads.as_ref().ok_or_else(|| Refusal::unauthorized("the grant is not for uploads"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A grant, and when it ends: what a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "g")]
    pub(super) grant: Grant,
    #[serde(rename = "x")]
    pub(super) expires: Timestamp,
}

impl Claims {
    pub(super) fn new(grant: Grant, now: Timestamp) -> Self {
        let lifetime = u64::try_from(grant.lifetime.as_millis()).unwrap_or(u64::MAX);
        let expires = Timestamp::from_millis(now.as_millis().saturating_add(lifetime));
        Self { grant, expires }
    }

    /// What the token of a request says.
    pub(super) fn of(
        signer: &Signer,
        purpose: Purpose,
        headers: &Headers,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut tokens = headers.get_all(AUTHORIZATION);
        let token = tokens.next().filter(|_| tokens.next().is_none());
        let claims: Self =
            token.and_then(|token| signer.open(purpose, token)).ok_or_else(Refusal::bad_token)?;
        claims.check_end(now)?;
        Ok(claims)
    }

    /// Checks that the grant is not over.
    pub(super) fn check_end(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.expires <= now { Err(Refusal::expired()) } else { Ok(()) }
    }
}
