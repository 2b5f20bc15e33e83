//! The one table from answers and failures to what to do about them.

use http::HeaderMap;

use super::messages::describe;
use super::retry_after::retry_after;
use super::{ApiError, Error, ErrorKind, Retry};

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
    /// The device is offline, and knows it.
    Offline,
    /// The device slept while the request was under way.
    Asleep,
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
                match target {
                    Target::Authorize | Target::Api => {
                        "the browser withheld the answer; the realm may not allow this page"
                    }
                    Target::Upload | Target::Download => {
                        "the browser withheld the answer; the bucket's CORS rules may not allow this page"
                    }
                },
            ),
            FailureKind::Offline => {
                (ErrorKind::Offline, Retry::WhenOnline, "the device is offline")
            }
            FailureKind::Asleep => (ErrorKind::Asleep, Retry::WhenOnline, "the device slept"),
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
            FailureKind::Timeout
                | FailureKind::Broken
                | FailureKind::Cors
                | FailureKind::Offline
                | FailureKind::Asleep
                | FailureKind::TooLong
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

#[cfg(test)]
mod tests;
