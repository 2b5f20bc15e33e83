//! Whether the answer to a download is B2's, and of the file that was asked for.

use alloc::string::{String, ToString};

use super::download::{Download, DownloadTarget};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind, Retry, Target};
use crate::hash::Sha1Digest;
use crate::http::Response;
use crate::http::names::{CONTENT_SHA1, FILE_ID, FILE_NAME};
use crate::model::{BucketId, DownloadVersion, FileId, FileVersion};

/// What is known of a file before it is downloaded, for example from a listing. An answer that says otherwise is
/// not of that file.
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
    /// The SHA-1 of the whole file. A whole download is verified with it, also where the answer names none.
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

/// Headers that every answer of B2 to a download has.
const ALWAYS: [&str; 3] = [FILE_ID, FILE_NAME, CONTENT_SHA1];

impl Download {
    /// Checks that a successful answer is one that B2 gives.
    pub(super) fn check_origin<B>(&self, head: &Response<B>) -> Result<(), Error> {
        let says =
            |name: &&str| head.headers.get(name).is_some_and(|value| !value.trim().is_empty());
        let known_status = matches!(head.status, 200 | 206);
        if known_status && (self.headers_may_be_hidden || ALWAYS.iter().all(says)) {
            return Ok(());
        }
        Err(Error::foreign_response(Target::Download, head.status, &head.headers, &[], &[]))
    }

    /// Checks that an answer is of the file that was asked for, as far as it says which it is of.
    pub(super) fn check_file(&self, version: &DownloadVersion) -> Result<(), Error> {
        let (target_id, target_name) = match &self.target {
            DownloadTarget::ById(id) => (Some(id), None),
            DownloadTarget::ByName { name, .. } => (None, Some(name)),
        };
        let expected = &self.expected;
        let (id, name) = (version.file_id.as_ref(), version.file_name.as_ref());
        for wanted in [target_id, expected.file_id.as_ref()].into_iter().flatten() {
            differs("id", wanted.as_str(), id.map(FileId::as_str))?;
        }
        for wanted in [target_name, expected.file_name.as_ref()].into_iter().flatten() {
            differs("name", wanted, name.map(String::as_str))?;
        }
        if let (Some(wanted), None) = (&expected.bucket_id, target_id) {
            differs("bucket", wanted.as_str(), id.and_then(bucket_of))?;
        }
        if let Some(wanted) = expected.size
            && wanted != version.size
        {
            return Err(wrong_file("size", &wanted.to_string(), &version.size.to_string()));
        }
        if let (Some(wanted), Some(came)) = (expected.sha1, version.sha1())
            && wanted != came
        {
            return Err(wrong_file("SHA-1", &wanted.to_hex(), &came.to_hex()));
        }
        Ok(())
    }
}

fn differs(what: &str, wanted: &str, came: Option<&str>) -> Result<(), Error> {
    match came {
        Some(came) if came != wanted => Err(wrong_file(what, wanted, came)),
        _ => Ok(()),
    }
}

/// The answer says otherwise than what was asked for. A cache may have mixed up two files, which passes.
fn wrong_file(what: &str, wanted: &str, came: &str) -> Error {
    let message = format!(
        "the answer is of another file: its {what} is '{}' instead of '{}'; \
         a proxy or a cache may be in the way",
        shown(came),
        shown(wanted)
    );
    Error::new(ErrorKind::WrongFile, message).with_retry(Retry::Backoff)
}

/// The bucket that a file id names, if it has the form of those that B2 gives: `4_z`, then 24 hex digits.
fn bucket_of(id: &FileId) -> Option<&str> {
    let rest = id.as_str().strip_prefix("4_")?.get(1..)?;
    let (bucket, rest) = rest.split_at_checked(24)?;
    let hex = bucket.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && rest.starts_with("_f")).then_some(bucket)
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    const ID: &str =
        "4_z27c88f1d182b150646ff0b16_f1004ba650fe24e6b_d20150809_m012853_c100_v0009990_t0000";
    const SHA1: &str = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";

    fn head(lines: &[(&str, &str)]) -> Response<()> {
        let mut head = Response::new(200, ());
        let all =
            [("content-length", "11"), (FILE_ID, ID), (FILE_NAME, "a%20b/c"), (CONTENT_SHA1, SHA1)];
        let others = all.iter().filter(|(name, _)| lines.iter().all(|(own, _)| own != name));
        for (name, value) in others.chain(lines) {
            if !value.is_empty() {
                head.headers.push(name, value).unwrap();
            }
        }
        head
    }

    fn kind(download: &Download, lines: &[(&str, &str)]) -> Option<(ErrorKind, Retry)> {
        download.read_head(&head(lines)).err().map(|error| (error.kind(), error.retry()))
    }

    const FOREIGN: Option<(ErrorKind, Retry)> = Some((ErrorKind::ForeignResponse, Retry::Backoff));
    const WRONG: Option<(ErrorKind, Retry)> = Some((ErrorKind::WrongFile, Retry::Backoff));

    #[test]
    fn an_answer_without_the_headers_of_b2_is_not_believed() {
        for download in [Download::by_id(ID.into()), Download::by_name("b", "a b/c")] {
            assert_eq!(kind(&download, &[]), None);
            for name in ALWAYS {
                assert_eq!(kind(&download, &[(name, "")]), FOREIGN, "{name}");
            }
            for status in [201, 202, 203, 204, 205, 226, 299] {
                let head = Response { status, ..head(&[]) };
                let error = download.read_head(&head).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ForeignResponse);
                assert!(error.message().contains(&status.to_string()), "{error}");
            }
        }
    }

    #[test]
    fn where_headers_may_be_hidden_what_is_seen_counts() {
        let mut download = Download::by_name("b", "a b/c");
        download.headers_may_be_hidden = true;
        let hidden = [(FILE_ID, ""), (FILE_NAME, ""), (CONTENT_SHA1, "")];
        assert_eq!(kind(&download, &hidden), None);
        assert_eq!(kind(&download, &[(FILE_ID, ""), (FILE_NAME, "x")]), WRONG);
        download.expected.size = Some(12);
        assert_eq!(kind(&download, &hidden), WRONG);
    }

    #[test]
    fn the_answer_must_be_of_the_file_that_was_asked_for() {
        let by_id = Download::by_id(ID.into());
        assert_eq!(kind(&by_id, &[(FILE_ID, "4_z1")]), WRONG);
        let error = by_id.read_head(&head(&[(FILE_ID, "4_z1")])).unwrap_err();
        assert!(
            error.message().contains("'4_z1'") && error.message().contains("'4_z27c"),
            "{error}"
        );
        let by_name = Download::by_name("b", "a b/c");
        assert_eq!(kind(&by_name, &[(FILE_NAME, "a+b/c")]), None);
        for name in ["a%20b/C", "a%20b/c/", "a", "%00"] {
            assert_eq!(kind(&by_name, &[(FILE_NAME, name)]), WRONG, "{name}");
        }
    }

    #[test]
    fn what_is_known_already_must_agree() {
        let sets: [fn(&mut ExpectedFile, bool); 5] = [
            |file, right| file.file_id = Some(if right { ID } else { "x" }.into()),
            |file, right| file.file_name = Some(if right { "a b/c" } else { "x" }.to_owned()),
            |file, right| {
                let id =
                    if right { "27c88f1d182b150646ff0b16" } else { "27c88f1d182b150646ff0b17" };
                file.bucket_id = Some(BucketId::new(id));
            },
            |file, right| file.size = Some(if right { 11 } else { 10 }),
            |file, right| {
                let other = "0000000000000000000000000000000000000000";
                file.sha1 = Some(if right { SHA1 } else { other }.parse().unwrap());
            },
        ];
        for set in sets {
            for (right, expected) in [(true, None), (false, WRONG)] {
                let mut download = Download::by_name("b", "a b/c");
                set(&mut download.expected, right);
                assert_eq!(kind(&download, &[]), expected, "{download:?}");
            }
        }
        // An id of another form says nothing about the bucket.
        let mut download = Download::by_name("b", "a b/c");
        download.expected.bucket_id = Some("x".into());
        for id in ["4_z1", "9999", "4_", "4_é27c88f1d182b150646ff0b16_f"] {
            assert_eq!(kind(&download, &[(FILE_ID, id)]), None, "{id}");
        }
    }

    #[test]
    fn a_listing_tells_what_to_expect() {
        let version: FileVersion = serde_json::from_str(&format!(
            r#"{{"fileId": "{ID}", "fileName": "a b/c", "action": "upload", "contentLength": 11,
                "contentSha1": "unverified:{SHA1}", "uploadTimestamp": 1, "fileInfo": {{}}}}"#
        ))
        .unwrap();
        let mut download = Download::by_id(ID.into());
        download.expected = ExpectedFile::from(&version);
        assert_eq!(download.expected.bucket_id, None);
        assert_eq!(kind(&download, &[]), None);
        assert_eq!(kind(&download, &[("content-length", "12")]), WRONG);
    }
}
