//! Checks that the response to a download is B2's, and of the file that was requested.

use alloc::string::{String, ToString};

use crate::encoding::shown;
use crate::error::{Error, ErrorKind, Retry, Target};
use crate::hash::Sha1Digest;
use crate::http::Response;
use crate::http::names::{CONTENT_SHA1, FILE_ID, FILE_NAME};
use crate::model::{BucketId, DownloadVersion, FileId, FileVersion};

/// What is known of a file before it is downloaded, for example from a listing. A response that says otherwise is not
/// of that file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedFile {
    /// The file version.
    pub file_id: Option<FileId>,
    /// The name.
    pub file_name: Option<String>,
    /// The bucket.
    pub bucket_id: Option<BucketId>,
    /// The size of the whole file, in bytes.
    pub size: Option<u64>,
    /// The SHA-1 of the whole file. A whole download is verified with it, also if the response names none.
    pub sha1: Option<Sha1Digest>,
}

impl From<&FileVersion> for ExpectedFile {
    fn from(version: &FileVersion) -> Self {
        let known = |id: &str| !id.is_empty();
        Self {
            file_id: Some(version.file_id.clone()).filter(|id| known(id.as_str())),
            file_name: Some(version.file_name.clone()),
            bucket_id: Some(version.bucket_id.clone()).filter(|id| known(id.as_str())),
            size: Some(version.size),
            sha1: version.sha1(),
        }
    }
}

/// Headers that every response of B2 to a download has.
pub(super) const ALWAYS: [&str; 3] = [FILE_ID, FILE_NAME, CONTENT_SHA1];

/// Checks that a successful response is one that B2 gives. With `headers_may_be_hidden`, headers may be missing.
pub(super) fn check_origin<B>(
    head: &Response<B>,
    headers_may_be_hidden: bool,
) -> Result<(), Error> {
    let says = |name: &&str| head.headers.get(name).is_some_and(|value| !value.trim().is_empty());
    let known_status = matches!(head.status, 200 | 206);
    if known_status && (headers_may_be_hidden || ALWAYS.iter().all(says)) {
        return Ok(());
    }
    Err(Error::foreign_response(Target::Download, head.status, &head.headers, &[], &[]))
}

impl ExpectedFile {
    /// Checks that a response is of this file, and of the id or name that was requested, as far as it says which file
    /// it is of.
    pub(super) fn check(
        &self,
        requested_id: Option<&FileId>,
        requested_name: Option<&str>,
        version: &DownloadVersion,
    ) -> Result<(), Error> {
        let (id, name) = (version.file_id.as_ref(), version.file_name.as_deref());
        for wanted in [requested_id, self.file_id.as_ref()].into_iter().flatten() {
            differs("id", wanted.as_str(), id.map(FileId::as_str))?;
        }
        for wanted in [requested_name, self.file_name.as_deref()].into_iter().flatten() {
            differs("name", wanted, name)?;
        }
        if let (Some(wanted), None) = (&self.bucket_id, requested_id) {
            differs("bucket", wanted.as_str(), id.and_then(bucket_of))?;
        }
        if let Some(wanted) = self.size
            && wanted != version.size
        {
            return Err(wrong_file("size", &wanted.to_string(), &version.size.to_string()));
        }
        if let (Some(wanted), Some(came)) = (self.sha1, version.sha1())
            && wanted != came
        {
            return Err(wrong_file("SHA-1", &wanted.to_hex(), &came.to_hex()));
        }
        Ok(())
    }
}

/// Returns an error if the response has another value. A response without the value passes.
fn differs(what: &str, wanted: &str, came: Option<&str>) -> Result<(), Error> {
    match came {
        Some(came) if came != wanted => Err(wrong_file(what, wanted, came)),
        _ => Ok(()),
    }
}

/// Creates the error of a response about another file. It is repeated, since a cache may have mixed up two files.
fn wrong_file(what: &str, wanted: &str, came: &str) -> Error {
    let message = format!(
        "the answer is of another file: its {what} is '{}' instead of '{}'; \
         a proxy or a cache may be in the way",
        shown(came),
        shown(wanted)
    );
    Error::new(ErrorKind::WrongFile, message).with_retry(Retry::Backoff)
}

/// Returns the id of the bucket in a file id that begins like those of B2: with `4_z` and 24 hex digits.
fn bucket_of(id: &FileId) -> Option<&str> {
    let rest = id.as_str().strip_prefix("4_")?.get(1..)?;
    let (bucket, rest) = rest.split_at_checked(24)?;
    let hex = bucket.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && rest.starts_with("_f")).then_some(bucket)
}
