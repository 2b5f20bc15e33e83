//! The one table from answers and failures to what to do about them.

use std::time::Duration;

use http::HeaderMap;

use super::{ApiError, Error, ErrorKind, Retry};
use crate::time::Timestamp;

/// Whom a request was sent to: the same status means different things from different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `b2_authorize_account`.
    Authorize,
    /// Any other JSON call.
    Api,
    /// An upload URL.
    Upload,
    /// The download URL.
    Download,
}

/// Why a request had no answer, as the driver saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed.
    pub kind: FailureKind,
    /// What the driver knows about it, for a person. No URL, no token.
    pub message: String,
}

impl Failure {
    /// A failure of this kind.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// What failed below HTTP, or beside it.
///
/// Exhaustive: a driver must be able to say each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The host name could not be resolved.
    UnknownHost,
    /// No connection could be made: refused, unreachable, a proxy that does not answer.
    Connect,
    /// No trusted connection could be made.
    Tls,
    /// Nothing was heard, or nothing could be sent, for too long.
    Timeout,
    /// The connection broke after it was made, or what came over it was no HTTP.
    Broken,
    /// A browser withheld the answer.
    Cors,
    /// The answer is longer than the request allows.
    TooLong,
    /// The local source could not be read.
    Source,
    /// The local source has changed since it was opened, or is shorter than it was.
    SourceChanged,
    /// The local destination could not be written.
    Sink,
}

impl Error {
    /// What an answer with an error status means. Total over any status and any body.
    #[must_use]
    pub fn from_reply(target: Target, status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let api = ApiError::read(status, body);
        let (kind, retry) = classify(target, status, api.code.as_deref(), &api.message);
        let (kind, api) = if kind == ErrorKind::Unknown && speaks_s3(body) {
            (ErrorKind::PotentialS3Endpoint, ApiError { message: String::new(), ..api })
        } else {
            (kind, api)
        };
        let mut error = Self::new(kind, describe(kind, &api)).with_retry(retry);
        error.0.api = Some(api);
        error.0.retry_after = retry_after(headers);
        // A 5xx or 408 can come from a proxy after the service has done the work.
        error.0.ambiguous = matches!(status, 408 | 500 | 502 | 504..600);
        error
    }

    /// What a request without an answer means.
    #[must_use]
    pub fn from_failure(target: Target, failure: &Failure) -> Self {
        let transient = match target {
            Target::Upload => Retry::NewUploadUrl,
            Target::Authorize | Target::Api | Target::Download => Retry::Backoff,
        };
        let (kind, retry, hint) = match failure.kind {
            FailureKind::UnknownHost => (
                ErrorKind::UnknownHost,
                transient,
                "the host name cannot be resolved; check the network and the realm",
            ),
            FailureKind::Connect => (
                ErrorKind::Connect,
                transient,
                "no connection could be made; check the network and the realm",
            ),
            FailureKind::Tls => (
                ErrorKind::Tls,
                Retry::Never,
                "no trusted connection could be made; check the clock and the certificates",
            ),
            FailureKind::Timeout => {
                (ErrorKind::Timeout, transient, "the server did not answer in time")
            }
            FailureKind::Broken => (ErrorKind::ConnectionBroken, transient, "the connection broke"),
            FailureKind::Cors => (
                ErrorKind::Cors,
                transient,
                "the browser withheld the answer; the bucket's CORS rules may not allow this page",
            ),
            FailureKind::TooLong => (
                ErrorKind::InvalidResponse,
                Retry::Never,
                "the answer is longer than B2 ever sends",
            ),
            FailureKind::Source => (ErrorKind::Source, Retry::Never, "the source cannot be read"),
            FailureKind::SourceChanged => (
                ErrorKind::SourceChanged,
                Retry::Never,
                "the source changed while it was uploaded; upload it again when it is at rest",
            ),
            FailureKind::Sink => {
                (ErrorKind::Destination, Retry::Never, "the destination cannot be written")
            }
        };
        let message = match failure.message.as_str() {
            "" => hint.to_owned(),
            detail => format!("{hint}: {detail}"),
        };
        let mut error = Self::new(kind, message).with_retry(retry);
        error.0.ambiguous = matches!(
            failure.kind,
            FailureKind::Timeout | FailureKind::Broken | FailureKind::Cors | FailureKind::TooLong
        );
        error
    }

    /// A successful status whose body is not what B2 sends: a proxy or a captive portal answered, or the
    /// answer was cut. Worth asking again, and ambiguous.
    #[must_use]
    pub fn invalid_response(target: Target, detail: impl Into<String>) -> Self {
        let retry = match target {
            Target::Upload => Retry::NewUploadUrl,
            Target::Authorize | Target::Api | Target::Download => Retry::Backoff,
        };
        let message = format!("the answer is not one that B2 gives: {}", detail.into());
        let mut error = Self::new(ErrorKind::InvalidResponse, message).with_retry(retry);
        error.0.ambiguous = true;
        error
    }
}

/// The table. `message` refines a kind in three cases, and never decides about a retry.
fn classify(target: Target, status: u16, code: Option<&str>, message: &str) -> (ErrorKind, Retry) {
    use ErrorKind as Kind;
    use Retry::{Backoff, Never, NewUploadUrl, Reauthorize};

    let code = code.unwrap_or_default();
    let again = if target == Target::Upload { NewUploadUrl } else { Backoff };
    match (status, code) {
        (400, "event_type_categories") => (Kind::EventTypeCategories, Never),
        (400, "event_type_overlap") => (Kind::EventTypeOverlap, Never),
        (400, "event_types_empty") => (Kind::EventTypesEmpty, Never),
        (400, "event_type_invalid") => (Kind::EventTypeInvalid, Never),
        (400, "already_hidden") => (Kind::FileAlreadyHidden, Never),
        (400, "bad_json") => (Kind::BadJson, Never),
        (400, "no_such_file" | "file_not_present") | (404, "not_found") => {
            (Kind::FileNotPresent, Never)
        }
        (404, _) => (Kind::ResourceNotFound, Never),
        (400, "duplicate_bucket_name") => (Kind::DuplicateBucketName, Never),
        (400, "too_many_buckets") => (Kind::TooManyBuckets, Never),
        (400, "cannot_delete_non_empty_bucket") => (Kind::BucketNotEmpty, Never),
        (400, "missing_part") => (Kind::MissingPart, Never),
        (400, "part_sha1_mismatch") => (Kind::PartSha1Mismatch, Never),
        (400, "bad_bucket_id" | "invalid_bucket_id") => (Kind::BucketIdNotFound, Never),
        (400, "auth_token_limit") => (Kind::UploadTokenUsedConcurrently, again),
        (400, "source_too_large") => (Kind::CopySourceTooBig, Never),
        (400, "file_lock_conflict") => (Kind::DisablingFileLockNotSupported, Never),
        (400, "source_replication_conflict") => (Kind::SourceReplicationConflict, Never),
        (400, "restricted_bucket_conflict") => (Kind::EnablingFileLockOnRestrictedBucket, Never),
        (400, "bucket_missing_file_lock") => (Kind::MissingFileLock, Never),
        (400, "out_of_range") => (Kind::UnsatisfiableRange, Never),
        (400, "bad_request") if message.contains("more than one upload using auth token") => {
            (Kind::UploadTokenUsedConcurrently, again)
        }
        // The bytes were damaged on the way, or read differently than they were hashed: once more.
        (400, "bad_request")
            if target == Target::Upload && message.contains("Sha1 did not match") =>
        {
            (Kind::ChecksumMismatch, NewUploadUrl)
        }
        (400, _) => (Kind::BadRequest, Never),

        (401, "email_not_verified") => (Kind::EmailNotVerified, Never),
        (401, "no_payment_history") => (Kind::NoPaymentHistory, Never),
        (401, "unsupported") => (Kind::UnsupportedKey, Never),
        (401, "access_denied") => (Kind::AccessDenied, Never),
        (401, _) if target == Target::Authorize => (Kind::WrongKey, Never),
        // An upload token lives apart from the account's: a fresh URL brings a fresh one.
        (401, _) if target == Target::Upload => (Kind::InvalidAuthToken, NewUploadUrl),
        // A HEAD has no body, so a 401 without a code may be an expired token.
        (401, "bad_auth_token" | "expired_auth_token" | "") => {
            (Kind::InvalidAuthToken, Reauthorize)
        }
        (401, _) => (Kind::Unauthorized, Never),

        (403, "storage_cap_exceeded") => (Kind::StorageCapExceeded, Never),
        (403, "transaction_cap_exceeded") => (Kind::TransactionCapExceeded, Never),
        (403, "download_cap_exceeded") => (Kind::DownloadCapExceeded, Never),
        (403, "cap_exceeded") => (Kind::CapExceeded, Never),
        (403, _) => (Kind::AccessDenied, Never),

        (408, _) => (Kind::RequestTimeout, again),
        (409, _) => (Kind::Conflict, Never),
        (416, _) => (Kind::UnsatisfiableRange, Never),
        (429, _) => (Kind::TooManyRequests, again),
        (500..600, _) => (Kind::ServiceError, again),
        _ => (Kind::Unknown, Never),
    }
}

fn speaks_s3(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
    start.contains("<?xml") && (start.contains("s3.") || start.contains("<Error>"))
}

/// The message of an error from a reply: B2's own where it says more, and the next step where there is one.
fn describe(kind: ErrorKind, api: &ApiError) -> String {
    let said = api.message.as_str();
    let hint = match kind {
        ErrorKind::WrongKey => "the application key id or the application key is wrong",
        ErrorKind::UnsupportedKey => "this application key needs a later version of the API",
        ErrorKind::InvalidAuthToken => "the authorization token is expired or unknown",
        ErrorKind::Unauthorized => "the application key does not allow this",
        ErrorKind::EmailNotVerified => "verify the e-mail address of the account first",
        ErrorKind::NoPaymentHistory => "the account needs a payment history first",
        ErrorKind::AccessDenied => "the server refused access",
        ErrorKind::StorageCapExceeded => {
            "the storage cap of the account is reached; raise it at Backblaze"
        }
        ErrorKind::TransactionCapExceeded => {
            "the transaction cap of the account is reached; raise it at Backblaze"
        }
        ErrorKind::DownloadCapExceeded => {
            "the download cap of the account is reached; raise it at Backblaze"
        }
        ErrorKind::CapExceeded => "a cap of the account is reached; raise it at Backblaze",
        ErrorKind::FileNotPresent => "no such file, or it is hidden",
        ErrorKind::BucketIdNotFound => "no such bucket",
        ErrorKind::ResourceNotFound => "no such file, bucket or endpoint",
        ErrorKind::DuplicateBucketName => "the bucket name is already in use",
        ErrorKind::TooManyBuckets => "the account has as many buckets as it may",
        ErrorKind::BucketNotEmpty => "the bucket is not empty; delete its file versions first",
        ErrorKind::Conflict => "it was changed by somebody else meanwhile",
        ErrorKind::FileAlreadyHidden => "the file is hidden already",
        ErrorKind::UnsatisfiableRange => "the range lies outside the file",
        ErrorKind::TooManyRequests => "too many requests",
        ErrorKind::RequestTimeout => "the server gave up waiting for the request",
        ErrorKind::ServiceError => "the service is busy",
        ErrorKind::UploadTokenUsedConcurrently => {
            "the upload URL is still in use by an earlier request"
        }
        ErrorKind::ChecksumMismatch => "the bytes arrived with another SHA-1 than announced",
        ErrorKind::PotentialS3Endpoint => {
            "this is an S3 endpoint; the realm must be a B2 one such as https://api.backblazeb2.com"
        }
        ErrorKind::Unknown => "the answer is not one that B2 gives; check the realm",
        _ if said.is_empty() => "the server refused the request",
        _ => return said.to_owned(),
    };
    if said.is_empty() { hint.to_owned() } else { format!("{hint}: {said}") }
}

const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// Reads `Retry-After`: whole seconds, decimal seconds, or a date, which counts from the answer's own
/// `Date` so that no clock is needed. At most an hour; anything else is as if absent.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: http::HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(http::header::RETRY_AFTER)?;
    let delay = match value.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let until = Timestamp::parse_http_date(value)?;
            until.saturating_since(Timestamp::parse_http_date(text(http::header::DATE)?)?)
        }
    };
    Some(delay.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table() {
        use ErrorKind as Kind;
        use Retry::{Backoff, Never, NewUploadUrl, Reauthorize};
        use Target::{Api, Authorize, Download, Upload};

        let rows = [
            (Api, 400, "event_type_categories", Kind::EventTypeCategories, Never),
            (Api, 400, "event_type_overlap", Kind::EventTypeOverlap, Never),
            (Api, 400, "event_types_empty", Kind::EventTypesEmpty, Never),
            (Api, 400, "event_type_invalid", Kind::EventTypeInvalid, Never),
            (Api, 400, "already_hidden", Kind::FileAlreadyHidden, Never),
            (Api, 400, "bad_json", Kind::BadJson, Never),
            (Api, 400, "no_such_file", Kind::FileNotPresent, Never),
            (Api, 400, "file_not_present", Kind::FileNotPresent, Never),
            (Api, 404, "not_found", Kind::FileNotPresent, Never),
            (Download, 404, "", Kind::ResourceNotFound, Never),
            (Api, 404, "other", Kind::ResourceNotFound, Never),
            (Api, 400, "duplicate_bucket_name", Kind::DuplicateBucketName, Never),
            (Api, 400, "too_many_buckets", Kind::TooManyBuckets, Never),
            (Api, 400, "cannot_delete_non_empty_bucket", Kind::BucketNotEmpty, Never),
            (Api, 400, "missing_part", Kind::MissingPart, Never),
            (Api, 400, "part_sha1_mismatch", Kind::PartSha1Mismatch, Never),
            (Api, 400, "bad_bucket_id", Kind::BucketIdNotFound, Never),
            (Upload, 400, "auth_token_limit", Kind::UploadTokenUsedConcurrently, NewUploadUrl),
            (Api, 400, "source_too_large", Kind::CopySourceTooBig, Never),
            (Api, 400, "file_lock_conflict", Kind::DisablingFileLockNotSupported, Never),
            (Api, 400, "source_replication_conflict", Kind::SourceReplicationConflict, Never),
            (
                Api,
                400,
                "restricted_bucket_conflict",
                Kind::EnablingFileLockOnRestrictedBucket,
                Never,
            ),
            (Api, 400, "bucket_missing_file_lock", Kind::MissingFileLock, Never),
            (Api, 400, "bad_request", Kind::BadRequest, Never),
            (Upload, 400, "metadata_exceeded", Kind::BadRequest, Never),
            (Api, 400, "", Kind::BadRequest, Never),
            // b2sdk defect D11: these two are kept apart and never repeated.
            (Upload, 401, "email_not_verified", Kind::EmailNotVerified, Never),
            (Upload, 401, "no_payment_history", Kind::NoPaymentHistory, Never),
            (Authorize, 401, "unsupported", Kind::UnsupportedKey, Never),
            (Authorize, 401, "unauthorized", Kind::WrongKey, Never),
            (Authorize, 401, "bad_auth_token", Kind::WrongKey, Never),
            (Authorize, 401, "", Kind::WrongKey, Never),
            (Upload, 401, "expired_auth_token", Kind::InvalidAuthToken, NewUploadUrl),
            (Upload, 401, "bad_auth_token", Kind::InvalidAuthToken, NewUploadUrl),
            (Upload, 401, "unauthorized", Kind::InvalidAuthToken, NewUploadUrl),
            (Api, 401, "bad_auth_token", Kind::InvalidAuthToken, Reauthorize),
            (Api, 401, "expired_auth_token", Kind::InvalidAuthToken, Reauthorize),
            (Download, 401, "", Kind::InvalidAuthToken, Reauthorize),
            (Api, 401, "unauthorized", Kind::Unauthorized, Never),
            (Api, 401, "access_denied", Kind::AccessDenied, Never),
            (Upload, 403, "storage_cap_exceeded", Kind::StorageCapExceeded, Never),
            (Api, 403, "transaction_cap_exceeded", Kind::TransactionCapExceeded, Never),
            (Download, 403, "download_cap_exceeded", Kind::DownloadCapExceeded, Never),
            (Upload, 403, "cap_exceeded", Kind::CapExceeded, Never),
            (Api, 403, "access_denied", Kind::AccessDenied, Never),
            (Download, 403, "", Kind::AccessDenied, Never),
            // D8: neither 408 nor 429 is the end of an upload.
            (Upload, 408, "request_timeout", Kind::RequestTimeout, NewUploadUrl),
            (Api, 408, "request_timeout", Kind::RequestTimeout, Backoff),
            (Upload, 429, "too_many_requests", Kind::TooManyRequests, NewUploadUrl),
            (Api, 429, "too_many_requests", Kind::TooManyRequests, Backoff),
            (Api, 409, "conflict", Kind::Conflict, Never),
            (Download, 416, "range_not_satisfiable", Kind::UnsatisfiableRange, Never),
            (Download, 416, "", Kind::UnsatisfiableRange, Never),
            (Upload, 503, "service_unavailable", Kind::ServiceError, NewUploadUrl),
            (Upload, 500, "internal_error", Kind::ServiceError, NewUploadUrl),
            (Api, 503, "bad_request", Kind::ServiceError, Backoff),
            (Download, 502, "", Kind::ServiceError, Backoff),
            (Authorize, 599, "", Kind::ServiceError, Backoff),
            (Api, 201, "", Kind::Unknown, Never),
            (Api, 302, "", Kind::Unknown, Never),
            (Upload, 405, "method_not_allowed", Kind::Unknown, Never),
        ];
        for (target, status, code, kind, retry) in rows {
            let body = match code {
                "" => String::new(),
                code => format!(r#"{{"status": {status}, "code": "{code}", "message": "text"}}"#),
            };
            let error = Error::from_reply(target, status, &HeaderMap::new(), body.as_bytes());
            assert_eq!((error.kind(), error.retry()), (kind, retry), "{target:?} {status} {code}");
            assert_eq!((error.status(), error.code().unwrap_or_default()), (Some(status), code));
        }
    }

    #[test]
    fn every_failure() {
        use ErrorKind as Kind;
        use Retry::{Backoff, Never, NewUploadUrl};

        let rows = [
            (FailureKind::UnknownHost, Kind::UnknownHost, Backoff, NewUploadUrl, false),
            (FailureKind::Connect, Kind::Connect, Backoff, NewUploadUrl, false),
            (FailureKind::Tls, Kind::Tls, Never, Never, false),
            (FailureKind::Timeout, Kind::Timeout, Backoff, NewUploadUrl, true),
            (FailureKind::Broken, Kind::ConnectionBroken, Backoff, NewUploadUrl, true),
            (FailureKind::Cors, Kind::Cors, Backoff, NewUploadUrl, true),
            (FailureKind::TooLong, Kind::InvalidResponse, Never, Never, true),
            (FailureKind::Source, Kind::Source, Never, Never, false),
            (FailureKind::SourceChanged, Kind::SourceChanged, Never, Never, false),
            (FailureKind::Sink, Kind::Destination, Never, Never, false),
        ];
        for (failure, kind, api, upload, ambiguous) in rows {
            let failure = Failure::new(failure, "detail");
            for (target, retry) in [(Target::Api, api), (Target::Upload, upload)] {
                let error = Error::from_failure(target, &failure);
                assert_eq!((error.kind(), error.retry()), (kind, retry), "{failure:?}");
                assert_eq!(error.is_ambiguous(), ambiguous, "{failure:?}");
            }
        }
    }

    #[test]
    fn the_body_may_be_anything() {
        for body in [&b"<html>busy</html>"[..], b"", b"[]", b"{\"code\":", b"{\"status\": 200}"] {
            let error = Error::from_reply(Target::Api, 503, &HeaderMap::new(), body);
            assert_eq!((error.kind(), error.retry()), (ErrorKind::ServiceError, Retry::Backoff));
        }
        let s3 = b"<?xml version=\"1.0\"?><Error><Code>InvalidRequest</Code></Error>";
        let error = Error::from_reply(Target::Authorize, 405, &HeaderMap::new(), s3);
        assert_eq!(error.kind(), ErrorKind::PotentialS3Endpoint);
    }

    #[test]
    fn reads_retry_after_in_all_its_forms() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:49:47 GMT";
        let rows = [
            ("7", Some(7_000)),
            (" 1.5 ", Some(1_500)),
            (later, Some(10_000)),
            (date, Some(0)),
            ("86400", Some(3_600_000)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
        ];
        for (value, millis) in rows {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().unwrap());
            headers.insert("date", date.parse().unwrap());
            let error = Error::from_reply(Target::Api, 429, &headers, b"");
            assert_eq!(error.retry_after(), millis.map(Duration::from_millis), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn is_total(status: u16, body: Vec<u8>, code in "[a-z_]{0,20}") {
            let coded = format!(r#"{{"code": "{code}"}}"#);
            for body in [body.as_slice(), coded.as_bytes()] {
                for target in [Target::Authorize, Target::Api, Target::Upload, Target::Download] {
                    let error = Error::from_reply(target, status, &HeaderMap::new(), body);
                    proptest::prop_assert!(!error.to_string().contains('\n'));
                }
            }
        }
    }
}
