//! Reads the headers of downloads. Any header may have any value.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::ops::Range;

use crate::encoding::{decode, shown};
use crate::error::{Error, Target};
use crate::hash::Sha1Digest;
use crate::http::Headers;
use crate::http::names::{
    CONTENT_SHA1, CONTENT_TYPE, FILE_ID, FILE_NAME, INFO_PREFIX, LEGAL_HOLD, RETAIN_UNTIL,
    RETENTION_MODE, SSE, SSE_C_ALGORITHM, SSE_C_KEY_MD5,
};
use crate::model::{
    ContentSha1, DownloadVersion, EncryptionKey, EncryptionSetting, FileId, FileInfo,
    FileRetention, LegalHold,
};
use crate::time::Timestamp;

const PARTIAL_CONTENT: u16 = 206;
const WITHHELD: &str = "x-bz-client-unauthorized-to-read";

/// Reads the properties of the file from the headers of a successful response.
///
/// `known_size` is the size of the whole file, for a response without it.
pub(super) fn read_headers(
    status: u16,
    headers: &Headers,
    known_size: Option<u64>,
) -> Result<DownloadVersion, Error> {
    let text = |name: &str| text(headers, name);
    let owned = |name: &str| text(name).map(str::to_owned);
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let (range, size) = extent(status, headers, known_size)
        .map_err(|detail| Error::invalid_response(Target::Download, detail))?;
    let withheld = |name: &str| {
        let mut names = headers.get_all(WITHHELD).flat_map(|list| list.split(','));
        names.any(|listed| listed.trim().eq_ignore_ascii_case(name))
    };
    let file_info: FileInfo = headers
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(INFO_PREFIX)?, decode(value))))
        .collect();
    let encryption = if text(SSE_C_ALGORITHM).is_some() {
        EncryptionSetting::SseC(EncryptionKey::reported(owned(SSE_C_KEY_MD5)))
    } else if text(SSE).is_some() {
        EncryptionSetting::SseB2
    } else if withheld(SSE) || withheld(SSE_C_ALGORITHM) {
        EncryptionSetting::Unknown
    } else {
        EncryptionSetting::None
    };
    let encryption = encryption.with_id_from(&file_info);
    let retention = match text(RETENTION_MODE) {
        None if withheld(RETENTION_MODE) => FileRetention::Unknown,
        mode => FileRetention::from_parts(
            mode.map(Into::into),
            number(RETAIN_UNTIL).map(Timestamp::from_millis),
        ),
    };
    let hold = match text(LEGAL_HOLD) {
        None if withheld(LEGAL_HOLD) => LegalHold::Unknown,
        hold => LegalHold::from_text(hold),
    };
    Ok(DownloadVersion {
        file_id: text(FILE_ID).filter(|id| !id.is_empty()).map(FileId::from),
        file_name: text(FILE_NAME).map(decode),
        size,
        range,
        content_type: owned(CONTENT_TYPE),
        content_sha1: text(CONTENT_SHA1).map_or(ContentSha1::Absent, ContentSha1::from),
        file_info,
        upload_timestamp: number("x-bz-upload-timestamp").map(Timestamp::from_millis),
        cache_control: owned("cache-control"),
        expires: owned("expires"),
        content_disposition: owned("content-disposition"),
        content_encoding: owned("content-encoding"),
        content_language: owned("content-language"),
        server_side_encryption: encryption,
        file_retention: retention,
        legal_hold: hold,
        replication_status: text("x-bz-replication-status").map(Into::into),
    })
}

/// Returns the range of the bytes in the response, and the size of the file.
fn extent(
    status: u16,
    headers: &Headers,
    known_size: Option<u64>,
) -> Result<(Range<u64>, u64), String> {
    let length = text(headers, "content-length").and_then(|length| length.parse::<u64>().ok());
    if status != PARTIAL_CONTENT {
        let encoding = text(headers, "content-encoding");
        // If a proxy compressed the bytes, their number is not the size of the file.
        let size = length
            .or(known_size.filter(|_| encoding.is_none()))
            .or_else(|| says_empty(headers).then_some(0));
        let size = size.ok_or_else(|| match encoding {
            Some(encoding) => {
                format!("it has no Content-Length, and the Content-Encoding '{}'", shown(encoding))
            }
            None => "it has no Content-Length".to_owned(),
        })?;
        return Ok((0..size, size));
    }
    let range =
        text(headers, "content-range").ok_or("it is a part of a file and has no Content-Range")?;
    let (part, size) = parse_content_range(range)
        .ok_or_else(|| format!("its Content-Range is '{}'", shown(range)))?;
    match length {
        Some(length) if length != part.end - part.start => Err(format!(
            "its Content-Length is {length}, and its Content-Range is '{}'",
            shown(range)
        )),
        _ => Ok((part, size)),
    }
}

/// Returns whether the file is empty by its SHA-1. Some proxies and caches omit a `Content-Length` of 0.
fn says_empty(headers: &Headers) -> bool {
    let sha1 = text(headers, CONTENT_SHA1).map(ContentSha1::from);
    sha1.is_some_and(|sha1| sha1.digest() == Some(Sha1Digest::of(b"")))
}

/// Parses `bytes a-b/total`, with both ends included, and returns a half-open range.
fn parse_content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (unit, rest) = text.trim().split_once([' ', '='])?;
    let (range, total) = rest.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end, total) = (number(start)?, number(last)?.checked_add(1)?, number(total)?);
    (unit.eq_ignore_ascii_case("bytes") && start < end && end <= total)
        .then_some((start..end, total))
}

fn text<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.get(name).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EncryptionKeyId, ReplicationStatus, RetentionMode};

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.push(name, value).unwrap();
        }
        headers
    }

    fn read(lines: &[(&str, &str)]) -> DownloadVersion {
        let mut lines = lines.to_vec();
        lines.push(("Content-Length", "11"));
        read_headers(200, &headers(&lines), None).unwrap()
    }

    #[test]
    fn all_headers() {
        let version = read(&[
            ("Content-Type", "text/plain"),
            ("X-Bz-File-Id", "4_z"),
            ("X-Bz-File-Name", "a+b%20%C3%A9"),
            ("X-Bz-Content-Sha1", "unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"),
            ("X-Bz-Upload-Timestamp", "1500000000000"),
            ("X-Bz-Info-Color", "r%C3%B6t"),
            ("X-Bz-Info-sse_c_key_id", "a%2520b"),
            ("Cache-Control", "no-cache"),
            ("Expires", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("X-Bz-Server-Side-Encryption-Customer-Algorithm", "AES256"),
            ("X-Bz-File-Retention-Mode", "governance"),
            ("X-Bz-File-Retention-Retain-Until-Timestamp", "9"),
            ("X-Bz-File-Legal-Hold", "on"),
            ("X-Bz-Replication-Status", "completed"),
        ]);
        assert_eq!(version.file_id, Some("4_z".into()));
        assert_eq!(version.file_name.as_deref(), Some("a b \u{e9}"));
        assert_eq!(version.file_info.get("color"), Some("r\u{f6}t"));
        // The key id is decoded once, as every other entry.
        let id = version.server_side_encryption.key().unwrap().id().clone();
        assert_eq!(id, EncryptionKeyId::Id("a%20b".to_owned()));
        let until = Timestamp::from_millis(9);
        assert_eq!(
            version.file_retention,
            FileRetention::Until { mode: RetentionMode::Governance, until }
        );
        assert_eq!(version.replication_status, Some(ReplicationStatus::Completed));
        assert_eq!(version.expires_parsed(), Some(Timestamp::from_millis(784_111_777_000)));
        assert_eq!((version.size, version.legal_hold), (11, LegalHold::On));
        assert_eq!(version.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(version.content_language, None);
    }

    #[test]
    fn a_cache_may_drop_headers() {
        let version = read(&[]);
        assert_eq!((version.file_id.clone(), version.size), (None, 11));
        assert_eq!(version.content_sha1, ContentSha1::Absent);
        assert!(version.is_whole());
        assert_eq!(
            (version.file_retention, version.legal_hold),
            (FileRetention::None, LegalHold::Unset)
        );
        read_headers(200, &Headers::new(), None).unwrap_err();
    }

    #[test]
    fn a_size_that_is_missing_may_be_known_otherwise() {
        let size = |lines: &[(&str, &str)], known| {
            read_headers(200, &headers(lines), known).map(|version| version.size)
        };
        let empty = [("x-bz-content-sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")];
        assert_eq!(size(&empty, None), Ok(0));
        assert_eq!(size(&[], Some(7)), Ok(7));
        let gzip = size(&[("content-encoding", "gzip")], Some(7)).unwrap_err();
        assert!(gzip.message().contains("'gzip'"), "{gzip}");
        for length in ["", "x", "-1", "1, 2", "99999999999999999999"] {
            assert!(size(&[("content-length", length)], None).is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_withheld_is_unknown() {
        let withheld = "X-Bz-File-Retention-Mode, x-bz-file-legal-hold,X-Bz-Server-Side-Encryption";
        let version = read(&[("X-Bz-Client-Unauthorized-To-Read", withheld)]);
        assert_eq!(version.file_retention, FileRetention::Unknown);
        assert_eq!(version.legal_hold, LegalHold::Unknown);
        assert!(version.server_side_encryption.is_unknown());
    }

    #[test]
    fn content_ranges() {
        assert_eq!(parse_content_range("bytes 0-0/1"), Some((0..1, 1)));
        assert_eq!(parse_content_range("bytes 5-9/20"), Some((5..10, 20)));
        for text in [
            "",
            "bytes",
            "bytes 5-/20",
            "bytes 9-5/20",
            "bytes 0-9/*",
            "bytes 0-20/20",
            "lines 0-1/2",
            "bytes 0-18446744073709551615/1",
        ] {
            assert_eq!(parse_content_range(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reading_is_total(status in 200_u16..300, value: String, name in 0_usize..10) {
            let names = [
                "content-length", "content-range", "x-bz-file-name", "x-bz-content-sha1", "x-bz-upload-timestamp",
                "x-bz-info-x", RETENTION_MODE, LEGAL_HOLD, WITHHELD, "expires",
            ];
            let mut headers = Headers::new();
            let _ = headers.push(names[name], &value);
            headers.append(&self::headers(&[("content-length", "5"), ("content-range", "bytes 0-4/5")]));
            if let Ok(version) = read_headers(status, &headers, None) {
                let _ = (version.sha1(), version.mod_time(), version.expires_parsed());
                let json = serde_json::to_string(&version).unwrap();
                proptest::prop_assert_eq!(serde_json::from_str::<DownloadVersion>(&json).unwrap(), version);
            }
        }
    }
}
