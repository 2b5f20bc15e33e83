//! Grants, and the claims of a token.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::names::check_prefix;
use super::refusal::Refusal;
use super::signer::{Purpose, Signer};
use super::uploads::Uploads;
use crate::account::{Allowed, AllowedBucket};
use crate::api::Overrides;
use crate::error::{Error, ErrorKind};
use crate::http::Headers;
use crate::http::names::AUTHORIZATION;
use crate::model::{BucketId, Capability, FileInfo};
use crate::time::Timestamp;

/// Stands for the id of a bucket that is given by its name. B2's ids are never empty.
const UNKNOWN: &str = "";

/// What one visitor may do, where, and for how long. The application creates it for a visitor that it has checked.
///
/// A new grant allows nothing. It is stored in the visitor's token, which is signed, so that it cannot be changed, and
/// not encrypted, so that the visitor can read it.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::gateway::{Grant, Names, Uploads};
///
/// let hour = Duration::from_secs(3_600);
/// let grant = Grant::new("visitor-42", "4a48fe8875c6214145260818", "app-media", "u/42/", hour)
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
    #[serde(rename = "c", default, skip_serializing_if = "is_false")]
    pub(super) copies: bool,
    #[serde(rename = "r", default, skip_serializing_if = "is_false")]
    pub(super) delete: bool,
    #[serde(rename = "a", default, skip_serializing_if = "is_false")]
    pub(super) attachments: bool,
    #[serde(skip)]
    pub(super) lifetime: Duration,
    #[serde(skip)]
    pub(super) any_prefix: bool,
}

impl Grant {
    /// Creates a grant that allows nothing yet.
    ///
    /// `owner` is the application's name for the visitor. Unfinished uploads belong to an owner, even if several owners
    /// share a prefix. All file names start with `prefix`, which ends with a slash, since `u/4` would also be the start
    /// of `u/42/`. A gateway accepts a grant only if it passes [`check`](Self::check).
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
            copies: false,
            delete: false,
            attachments: false,
            lifetime,
            any_prefix: false,
        }
    }

    /// Permits a prefix that is empty, which is the whole bucket, or does not end with a slash. Without this,
    /// [`check`](Self::check) refuses such a prefix as a mistake.
    #[must_use]
    pub fn any_prefix(mut self) -> Self {
        self.any_prefix = true;
        self
    }

    /// Creates a grant for the bucket of this name to which the application's own key is restricted, so that the
    /// application does not need the bucket's id.
    #[must_use]
    pub fn in_own_bucket(
        owner: impl Into<String>,
        bucket_name: impl Into<String>,
        prefix: impl Into<String>,
        lifetime: Duration,
    ) -> Self {
        Self::new(owner, UNKNOWN, bucket_name, prefix, lifetime)
    }

    /// Sets the bucket id where only the name is known.
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

    /// Allows uploads.
    #[must_use]
    pub fn uploads(mut self, uploads: Uploads) -> Self {
        self.uploads = Some(uploads);
        self
    }

    /// Allows listing all files under the prefix, and getting the info of each.
    #[must_use]
    pub fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// Allows getting download authorizations for names under the prefix. They end with the grant at the latest.
    #[must_use]
    pub fn download(mut self) -> Self {
        self.download = true;
        self
    }

    /// Allows copies of files under the prefix to names under it, within the limits of [`uploads`](Self::uploads), which the
    /// grant must allow, too. Without [`download`](Self::download), a visitor can copy the own uploads only.
    #[must_use]
    pub fn copy(mut self) -> Self {
        self.copies = true;
        self
    }

    /// Allows hiding all names under the prefix and deleting all files under it whose ids the visitor was given, also those
    /// of other visitors. Files under retention or legal hold stay.
    #[must_use]
    pub fn delete(mut self) -> Self {
        self.delete = true;
        self
    }

    /// Allows getting download authorizations that make a browser save every file instead of showing it, whatever
    /// headers it was uploaded with. A grant for uploads with [`Uploads::attachment`] does the same.
    #[must_use]
    pub fn download_attachments(mut self) -> Self {
        self.attachments = true;
        self.download()
    }

    /// Returns the headers that a download authorization fixes: those that all uploads get, and for attachments a
    /// content type that browsers do not execute.
    pub(super) fn fixed_headers(&self) -> Overrides {
        let info = |name| self.uploads.as_ref()?.info.get(name).map(str::to_owned);
        let mut fixed = Overrides {
            content_disposition: info(FileInfo::CONTENT_DISPOSITION),
            content_language: info(FileInfo::CONTENT_LANGUAGE),
            expires: info(FileInfo::EXPIRES),
            cache_control: info(FileInfo::CACHE_CONTROL),
            content_encoding: info(FileInfo::CONTENT_ENCODING),
            content_type: None,
        };
        let is_attachment = |disposition: &String| {
            let kind = disposition.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("attachment")
        };
        let already_saved = fixed.content_disposition.as_ref().is_some_and(is_attachment);
        if self.attachments && !already_saved {
            fixed.content_disposition = Some("attachment".to_owned());
        }
        if self.attachments || already_saved {
            fixed.content_type = Some("application/octet-stream".to_owned());
        }
        fixed
    }

    /// Returns the capabilities to announce, so that clients do not make calls that are refused. Each call is checked in
    /// any case.
    ///
    /// `readFiles` is never announced, so that clients get download authorizations, which are the only way for a page to
    /// download from B2.
    pub(super) fn capabilities(&self) -> Vec<Capability> {
        let upload = self.uploads.is_some();
        [
            // Resuming an upload needs the listing of the owner's unfinished files.
            (upload || self.list, Capability::LIST_FILES),
            (self.download, Capability::SHARE_FILES),
            (upload, Capability::WRITE_FILES),
            (self.may_copy(), Capability::COPY_FILES),
            (self.delete, Capability::DELETE_FILES),
        ]
        .into_iter()
        .filter_map(|(has, capability)| has.then_some(capability))
        .collect()
    }

    /// Checks that a bucket is the one of the grant.
    pub(super) fn check_bucket(&self, id: &BucketId) -> Result<(), Refusal> {
        if *id == self.bucket.id {
            return Ok(());
        }
        Err(Refusal::unauthorized("the grant is for another bucket"))
    }

    /// Checks that a name, or the prefix of a listing, starts with the prefix of the grant.
    pub(super) fn check_prefix(&self, name: &str) -> Result<(), Refusal> {
        check_prefix(&self.prefix, name)
    }

    /// Returns whether files may be copied.
    pub(super) fn may_copy(&self) -> bool {
        self.copies && self.uploads.is_some()
    }

    /// Returns what may be uploaded.
    pub(super) fn may_upload(&self) -> Result<&Uploads, Refusal> {
        self.uploads.as_ref().ok_or_else(|| Refusal::unauthorized("the grant is not for uploads"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The content of a token: a grant, and when it expires.
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

    /// Verifies the token of a request.
    pub(super) fn from_headers(
        signer: &Signer,
        purpose: Purpose,
        headers: &Headers,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut tokens = headers.get_all(AUTHORIZATION);
        let token = tokens.next().filter(|_| tokens.next().is_none());
        let claims: Self =
            token.and_then(|token| signer.open(purpose, token)).ok_or_else(Refusal::bad_token)?;
        claims.check_expiration(now)?;
        Ok(claims)
    }

    /// Checks that the grant has not expired.
    pub(super) fn check_expiration(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.expires <= now { Err(Refusal::expired()) } else { Ok(()) }
    }
}
