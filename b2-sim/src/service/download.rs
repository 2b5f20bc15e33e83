//! Downloads, by name and by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use b2_proto::encoding::encode;
use b2_proto::time::Timestamp;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use super::{Service, header_text};
use crate::content::Content;
use crate::log::LogEntry;
use crate::state::{Bucket, CustomerKey, DownloadToken, Key, Kind, Version, hold_name};
use crate::wire::{Params, Refusal, Reply, ReplyBody, Route};

/// Query parameters that override a response header, and the header.
pub(super) const OVERRIDES: [(&str, &str); 6] = [
    ("b2ContentDisposition", "content-disposition"),
    ("b2ContentLanguage", "content-language"),
    ("b2Expires", "expires"),
    ("b2CacheControl", "cache-control"),
    ("b2ContentEncoding", "content-encoding"),
    ("b2ContentType", "content-type"),
];

const RETENTION_HEADERS: [&str; 2] =
    ["X-Bz-File-Retention-Mode", "X-Bz-File-Retention-Retain-Until-Timestamp"];
const HOLD_HEADER: &str = "X-Bz-File-Legal-Hold";

/// The authorization of a download.
enum Reader {
    Anonymous,
    Account(Arc<Key>),
    /// A download authorization for a prefix.
    Granted(DownloadToken),
}

impl Reader {
    fn key(&self) -> Option<&Key> {
        match self {
            Self::Account(key) => Some(key),
            Self::Anonymous | Self::Granted(_) => None,
        }
    }

    fn may_read(&self, bucket: &Bucket, name: &str) -> Result<(), Refusal> {
        match self {
            _ if bucket.is_public() => Ok(()),
            Self::Anonymous => Err(Refusal::unauthorized()),
            Self::Account(key) if key.account_id != bucket.account_id => {
                Err(Refusal::unauthorized())
            }
            Self::Account(key) => {
                key.require("readFiles")?;
                key.require_bucket(&bucket.id)?;
                key.require_prefix(name)
            }
            Self::Granted(token) => {
                let covered = token.bucket_id == bucket.id && name.starts_with(&token.prefix);
                covered.then_some(()).ok_or_else(Refusal::unauthorized)
            }
        }
    }
}

impl Service {
    pub(super) fn download_by_name(
        &mut self,
        now: Timestamp,
        head: &Parts,
        bucket_name: &str,
        file_name: &str,
        mut entry: LogEntry,
    ) -> Reply {
        entry.file_name = Some(file_name.to_owned());
        let query = Params::from_query(head.uri.query().unwrap_or_default());
        let token = header_text(head, "authorization")
            .or_else(|| query.optional_text("Authorization").ok().flatten());
        let found = self.reader(now, token).and_then(|reader| {
            let bucket = self.state.bucket_named(bucket_name).ok_or_else(|| {
                Refusal::not_found(format!("Bucket {bucket_name} does not exist."))
            })?;
            entry.bucket_id = Some(bucket.id.clone());
            reader.may_read(bucket, file_name)?;
            let version = bucket
                .files
                .current(file_name)
                .filter(|version| version.kind == Kind::Upload)
                .ok_or_else(|| Refusal::not_found("File with such name does not exist."))?;
            Ok((reader, bucket, version))
        });
        let answer = found.and_then(|(reader, bucket, version)| {
            let reply = self.respond(head, &query, &reader, bucket, version)?;
            Ok((bucket.account_id.clone(), reply))
        });
        self.downloaded(now, head, answer, entry)
    }

    pub(super) fn download_by_id(
        &mut self,
        now: Timestamp,
        head: &Parts,
        params: &Params,
        mut entry: LogEntry,
    ) -> Reply {
        entry.file_id = params.optional_text("fileId").ok().flatten().map(str::to_owned);
        let token = header_text(head, "authorization");
        let found = self.reader(now, token).and_then(|reader| {
            if matches!(reader, Reader::Granted(_)) {
                return Err(Refusal::unauthorized());
            }
            let file_id = params.text("fileId")?;
            if crate::state::position_of(file_id).is_none() {
                return Err(Refusal::bad_file_id(file_id));
            }
            let not_found = || Refusal::not_found(format!("Invalid fileId: {file_id}"));
            let (bucket, version) = self.state.version(file_id).ok_or_else(not_found)?;
            reader.may_read(bucket, &version.name)?;
            if version.kind != Kind::Upload {
                return Err(not_found());
            }
            Ok((reader, bucket, version))
        });
        let answer = found.and_then(|(reader, bucket, version)| {
            let reply = self.respond(head, params, &reader, bucket, version)?;
            Ok((bucket.account_id.clone(), reply))
        });
        self.downloaded(now, head, answer, entry)
    }

    fn reader(&self, now: Timestamp, token: Option<&str>) -> Result<Reader, Refusal> {
        let Some(token) = token else {
            return Ok(Reader::Anonymous);
        };
        if let Some(grant) = self.tokens.download.get(token) {
            if grant.expires <= now {
                return Err(Refusal::expired_auth_token());
            }
            return Ok(Reader::Granted(grant.clone()));
        }
        let key = self.tokens.account(token, now)?;
        Ok(Reader::Account(Arc::clone(key)))
    }

    fn respond(
        &self,
        head: &Parts,
        query: &Params,
        reader: &Reader,
        bucket: &Bucket,
        version: &Version,
    ) -> Result<Reply, Refusal> {
        let test_mode = header_text(head, "x-bz-test-mode");
        if test_mode == Some("force_cap_exceeded") {
            return Err(Refusal::download_cap_exceeded());
        }
        let given = CustomerKey::from_headers(&head.headers)?;
        version.encryption.require_key(given.as_ref())?;
        let overrides = overrides(query, reader)?;
        let len = version.content.len();
        let range = match header_text(head, "range") {
            None => None,
            Some(range) => requested_range(range, len)?,
        };
        let mut reply = Reply::new(ReplyBody::Empty);
        let headers = reply.headers_mut();
        describe(headers, bucket, version);
        describe_lock(headers, bucket, version, reader.key());
        for (name, value) in overrides {
            set(headers, name, &value);
        }
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let (start, end) = range.unwrap_or((0, len));
        headers.insert(CONTENT_LENGTH, (end - start).into());
        if range.is_some() {
            let text = format!("bytes {start}-{}/{len}", end - 1);
            set(headers, CONTENT_RANGE.as_str(), &text);
            *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        if head.method != Method::HEAD {
            let content: Content = version.content.slice(start..end);
            *reply.body_mut() = ReplyBody::Content(content);
        }
        Ok(reply)
    }

    fn downloaded(
        &mut self,
        now: Timestamp,
        head: &Parts,
        answer: Result<(String, Reply), Refusal>,
        entry: LogEntry,
    ) -> Reply {
        let answer = answer.and_then(|(account_id, reply)| {
            let len = match reply.body() {
                ReplyBody::Content(content) => content.len(),
                ReplyBody::Empty | ReplyBody::Bytes(_) => 0,
            };
            self.count_download(now, &account_id, len).map(|()| reply)
        });
        let route = Route::of(head.uri.path());
        // Requests with an account token get no CORS headers.
        let token = header_text(head, "authorization");
        let with_account = token.is_some_and(|token| self.tokens.account.contains_key(token));
        let show = !with_account && (answer.is_ok() || self.config.cors_on_errors);
        let cors = show.then(|| self.cors_headers(&route, head));
        let mut reply = match answer {
            Ok(reply) => reply,
            Err(refusal) => refusal.into(),
        };
        if let Some(cors) = cors {
            cors.add_to(reply.headers_mut());
        }
        self.log_reply(now, entry, reply)
    }
}

/// Sets a header if the text is a valid value.
fn set(headers: &mut HeaderMap, name: &str, text: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(text.as_bytes())) {
        headers.insert(name, value);
    }
}

/// Returns the requested overrides of headers, and checks those that a download authorization fixes.
fn overrides(query: &Params, reader: &Reader) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut asked = Vec::new();
    let none = BTreeMap::new();
    let fixed = match reader {
        Reader::Granted(token) => &token.overrides,
        Reader::Anonymous | Reader::Account(_) => &none,
    };
    for (name, header) in OVERRIDES {
        let value = query.optional_text(name)?;
        if fixed.get(name).is_some_and(|fixed| value != Some(fixed)) {
            return Err(Refusal::unauthorized());
        }
        if let Some(value) = value {
            if matches!(reader, Reader::Anonymous) {
                return Err(Refusal::unauthorized());
            }
            asked.push((header, value.to_owned()));
        }
    }
    Ok(asked)
}

/// Sets the headers that describe a file.
fn describe(headers: &mut HeaderMap, bucket: &Bucket, version: &Version) {
    set(headers, "content-type", &version.content_type);
    set(headers, "x-bz-file-id", &version.id);
    set(headers, "x-bz-file-name", &encode(&version.name));
    set(headers, "x-bz-content-sha1", &version.sha1);
    let timestamp = version.timestamp.as_millis().to_string();
    set(headers, "x-bz-upload-timestamp", &timestamp);
    let default = bucket.info.iter().find(|(name, _)| name.eq_ignore_ascii_case("cache-control"));
    if let Some((_, value)) = default {
        set(headers, "cache-control", value);
    }
    for (name, value) in version.info.iter() {
        match name.strip_prefix("b2-") {
            // The entry is the value of the header.
            Some(header) => set(headers, header, value),
            None => set(headers, &format!("x-bz-info-{name}"), &encode(value)),
        }
    }
    for (name, value) in version.encryption.response_headers() {
        set(headers, name, &value);
    }
    if let Some(status) = &version.replication_status {
        set(headers, "x-bz-replication-status", status);
    }
}

/// Sets the headers of file lock that the reader may see, and lists those that it may not.
fn describe_lock(headers: &mut HeaderMap, bucket: &Bucket, version: &Version, key: Option<&Key>) {
    if !bucket.lock_enabled {
        return;
    }
    let may = |capability| key.is_some_and(|key| key.has(capability));
    let mut withheld = Vec::new();
    if !may("readFileRetentions") {
        withheld.extend(RETENTION_HEADERS);
    } else if let Some(retention) = version.retention {
        set(headers, RETENTION_HEADERS[0], retention.mode.name());
        let until = retention.until.as_millis().to_string();
        set(headers, RETENTION_HEADERS[1], &until);
    }
    if !may("readFileLegalHolds") {
        withheld.push(HOLD_HEADER);
    } else if let Some(hold) = version.hold {
        set(headers, HOLD_HEADER, hold_name(hold));
    }
    if !withheld.is_empty() {
        set(headers, "x-bz-client-unauthorized-to-read", &withheld.join(","));
    }
}

/// Returns start and end (exclusive) of a `Range` header; `None` for the whole file, as for an invalid header and for
/// `bytes=0-`.
fn requested_range(header: &str, len: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u64>().ok()).flatten()
    };
    let unsatisfiable = || {
        let message = "The range cannot be satisfied";
        Err(Refusal::new(416, "range_not_satisfiable", message))
    };
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let (start, end) = match (number(first), number(last)) {
        (None, Some(suffix)) if first.is_empty() => (len.saturating_sub(suffix), len),
        (Some(start), None) if last.is_empty() => (start, len),
        (Some(start), Some(last)) if start <= last => (start, len.min(last.saturating_add(1))),
        _ => return Ok(None),
    };
    if start >= len {
        return unsatisfiable();
    }
    Ok(Some((start, end)).filter(|_| header != "bytes=0-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_their_quirks() {
        for (header, expected) in [
            ("bytes=0-9", Some((0, 10))),
            ("bytes=90-200", Some((90, 100))),
            ("bytes=5-", Some((5, 100))),
            ("bytes=-7", Some((93, 100))),
            ("bytes=-700", Some((0, 100))),
            ("bytes=0-", None),
            ("bytes=9-3", None),
            ("bytes=1-2,4-5", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(requested_range(header, 100), Ok(expected), "{header}");
        }
        for (header, len) in
            [("bytes=100-", 100), ("bytes=0-", 0), ("bytes=0-5", 0), ("bytes=-0", 9)]
        {
            assert_eq!(requested_range(header, len).unwrap_err().status, 416, "{header}");
        }
    }
}
