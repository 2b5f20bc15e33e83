//! Which responses are accepted.

use alloc::borrow::ToOwned;

use super::super::download_check::ALWAYS;
use super::*;
use crate::http::names::{CONTENT_SHA1, FILE_ID, FILE_NAME};
use crate::model::{BucketId, FileVersion};

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
    assert!(error.message().contains("'4_z1'") && error.message().contains("'4_z27c"), "{error}");
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
            let id = if right { "27c88f1d182b150646ff0b16" } else { "27c88f1d182b150646ff0b17" };
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
