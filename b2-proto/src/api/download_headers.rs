//! Reading the headers of a download. Total: a header may hold anything.

use std::ops::Range;

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, EXPIRES, HeaderName,
};
use http::{HeaderMap, StatusCode};

use super::new_file::{SSE, SSE_C_ALGORITHM, SSE_C_KEY_MD5};
use crate::encoding::decode;
use crate::error::{Error, Target};
use crate::model::{
    ContentSha1, DownloadVersion, EncryptionKey, EncryptionSetting, FileId, FileInfo,
    FileRetention, LegalHold,
};
use crate::time::Timestamp;

const RETENTION_MODE: &str = "x-bz-file-retention-mode";
const RETAIN_UNTIL: &str = "x-bz-file-retention-retain-until-timestamp";
const LEGAL_HOLD: &str = "x-bz-file-legal-hold";
const WITHHELD: &str = "x-bz-client-unauthorized-to-read";
const INFO: &str = "x-bz-info-";

/// What a successful answer says about the file.
pub(super) fn read_headers(
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<DownloadVersion, Error> {
    let text = |name: &str| text(headers, name);
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let (range, size) = extent(status, headers)
        .map_err(|detail| Error::invalid_response(Target::Download, detail))?;
    let withheld = |name: &str| {
        let names = headers
            .get_all(WITHHELD)
            .iter()
            .filter_map(|value| value.to_str().ok());
        names
            .flat_map(|list| list.split(','))
            .any(|listed| listed.trim().eq_ignore_ascii_case(name))
    };
    let file_info: FileInfo = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(INFO)?;
            Some((name, decode(&String::from_utf8_lossy(value.as_bytes()))))
        })
        .collect();
    let encryption = if text(SSE_C_ALGORITHM.as_str()).is_some() {
        let key = EncryptionKey::reported(text(SSE_C_KEY_MD5.as_str()));
        EncryptionSetting::SseC(key).with_id_from(&file_info)
    } else if text(SSE.as_str()).is_some() {
        EncryptionSetting::SseB2
    } else if withheld(SSE.as_str()) || withheld(SSE_C_ALGORITHM.as_str()) {
        EncryptionSetting::Unknown
    } else {
        EncryptionSetting::None
    };
    let retention = match text(RETENTION_MODE) {
        None if withheld(RETENTION_MODE) => FileRetention::Unknown,
        mode => FileRetention::from_parts(
            mode.as_deref(),
            number(RETAIN_UNTIL).map(Timestamp::from_millis),
        ),
    };
    let hold = match text(LEGAL_HOLD) {
        None if withheld(LEGAL_HOLD) => LegalHold::Unknown,
        hold => LegalHold::from_text(hold.as_deref()),
    };
    Ok(DownloadVersion {
        file_id: text("x-bz-file-id")
            .filter(|id| !id.is_empty())
            .map(FileId::from),
        file_name: text("x-bz-file-name").map(|name| decode(&name)),
        size,
        range,
        content_type: text(CONTENT_TYPE.as_str()),
        content_sha1: text("x-bz-content-sha1")
            .as_deref()
            .map_or(ContentSha1::Absent, ContentSha1::from),
        file_info,
        upload_timestamp: number("x-bz-upload-timestamp").map(Timestamp::from_millis),
        cache_control: text(CACHE_CONTROL.as_str()),
        expires: text(EXPIRES.as_str()),
        content_disposition: text(CONTENT_DISPOSITION.as_str()),
        content_encoding: text(CONTENT_ENCODING.as_str()),
        content_language: text(CONTENT_LANGUAGE.as_str()),
        server_side_encryption: encryption,
        file_retention: retention,
        legal_hold: hold,
        replication_status: text("x-bz-replication-status").map(|status| status.as_str().into()),
    })
}

/// Which bytes the answer holds, and of how many.
fn extent(status: StatusCode, headers: &HeaderMap) -> Result<(Range<u64>, u64), String> {
    let length = || text(headers, CONTENT_LENGTH.as_str())?.parse::<u64>().ok();
    if status != StatusCode::PARTIAL_CONTENT {
        let size = length().ok_or("it has no Content-Length")?;
        return Ok((0..size, size));
    }
    let range = text(headers, CONTENT_RANGE.as_str()).ok_or(
        "it is a part of a file without a Content-Range; for a page, the bucket's CORS rules must expose it",
    )?;
    parse_content_range(&range).ok_or_else(|| {
        let shown: String = range.escape_debug().take(80).collect();
        format!("its Content-Range is '{shown}'")
    })
}

/// Reads `bytes a-b/total`, both ends inclusive; answers the range half-open.
fn parse_content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (unit, rest) = text.trim().split_once([' ', '='])?;
    let (range, total) = rest.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end, total) = (
        number(start)?,
        number(last)?.checked_add(1)?,
        number(total)?,
    );
    (unit.eq_ignore_ascii_case("bytes") && start < end && end <= total)
        .then_some((start..end, total))
}

/// A header as text; bytes that are no UTF-8 are replaced.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}
