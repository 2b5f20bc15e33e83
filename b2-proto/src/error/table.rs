//! The table of errors: what responses and transport errors mean, and what to do about them.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::foreign::is_of_b2;
use super::messages::describe;
use super::retry_after::retry_after;
use super::target::Target;
use super::transport::{TransportError, TransportErrorKind};
use super::{ApiError, Error, ErrorKind, Retry};
use crate::encoding::find;
use crate::http::Headers;

impl Error {
    /// Creates the error of a response with an error status. Accepts any status and any body.
    #[must_use]
    pub fn from_reply(target: Target, status: u16, headers: &Headers, body: &[u8]) -> Self {
        let mut api = ApiError::read(status, body);
        let code = api.code.as_deref().unwrap_or_default();
        let (mut kind, mut retry) = classify(target, status, code, &api.message);
        if !is_of_b2(target, status, headers, body, &api) {
            if !speaks_s3(body) {
                return Self::foreign_response(target, status, headers, body, &[]);
            }
            (kind, retry) = (ErrorKind::PotentialS3Endpoint, Retry::Never);
            api.message.clear();
        }
        let mut error = Self::new(kind, describe(kind, &api)).with_retry(retry);
        error.0.api = Some(api);
        error.0.retry_after = retry_after(headers);
        // A 5xx or 408 can come from a proxy after the service has done the work.
        error.0.ambiguous = matches!(status, 408 | 500 | 502 | 504..600);
        error
    }

    /// Creates the error of a request without a response.
    #[must_use]
    pub fn from_failure(target: Target, failure: &TransportError) -> Self {
        let transient = target.again();
        let (kind, retry, hint) = match failure.kind {
            TransportErrorKind::UnknownHost => (
                ErrorKind::UnknownHost,
                transient,
                "the host name cannot be resolved; check the network and the realm",
            ),
            TransportErrorKind::Connect => (
                ErrorKind::Connect,
                transient,
                "no connection could be made; check the network and the realm",
            ),
            TransportErrorKind::ProxyLogin => {
                return Self::foreign_response(target, 407, &Headers::new(), &[], &[]);
            }
            TransportErrorKind::Tls => (
                ErrorKind::Tls,
                Retry::Never,
                "no trusted connection could be made; check the clock and the certificates",
            ),
            TransportErrorKind::Timeout => {
                (ErrorKind::Timeout, transient, "the server did not answer in time")
            }
            TransportErrorKind::Broken => {
                (ErrorKind::ConnectionBroken, transient, "the connection broke")
            }
            TransportErrorKind::Cors => (
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
            TransportErrorKind::Policy => (
                ErrorKind::PagePolicy,
                Retry::Never,
                "the page's Content-Security-Policy must name this host in connect-src",
            ),
            TransportErrorKind::Offline => {
                (ErrorKind::Offline, Retry::WhenOnline, "the device is offline")
            }
            TransportErrorKind::Asleep => {
                (ErrorKind::Asleep, Retry::WhenOnline, "the device slept")
            }
            TransportErrorKind::TooLong => (
                ErrorKind::InvalidResponse,
                Retry::Never,
                "the answer is longer than B2 ever sends",
            ),
            TransportErrorKind::UntrustedHost => {
                (ErrorKind::UntrustedHost, Retry::Never, "the request was not sent")
            }
            TransportErrorKind::Source => {
                (ErrorKind::Source, Retry::Never, "the source cannot be read")
            }
            TransportErrorKind::SourceChanged => (
                ErrorKind::SourceChanged,
                Retry::Never,
                "the source changed while it was uploaded; upload it again when it is at rest",
            ),
            TransportErrorKind::Sink => {
                (ErrorKind::Destination, Retry::Never, "the destination cannot be written")
            }
            TransportErrorKind::SinkFull => {
                (ErrorKind::DestinationFull, Retry::Never, "the destination cannot be written")
            }
        };
        let message = match failure.message.as_str() {
            "" => hint.to_owned(),
            detail => format!("{hint}: {detail}"),
        };
        let mut error = Self::new(kind, message).with_retry(retry);
        error.0.ambiguous = matches!(
            failure.kind,
            TransportErrorKind::Timeout
                | TransportErrorKind::Broken
                | TransportErrorKind::Cors
                | TransportErrorKind::Offline
                | TransportErrorKind::Asleep
                | TransportErrorKind::TooLong
        );
        error
    }

    /// Creates the error of a successful response whose body is not valid or was cut. Retryable; the outcome is unknown.
    #[must_use]
    pub fn invalid_response(target: Target, detail: impl Into<String>) -> Self {
        let message = format!("the answer is not one that B2 gives: {}", detail.into());
        let mut error = Self::new(ErrorKind::InvalidResponse, message).with_retry(target.again());
        error.0.ambiguous = true;
        error
    }

    /// Creates the error of a JSON response with another shape than that of the call. It is not retried, since the next
    /// response would have the same shape, and it is ambiguous.
    #[must_use]
    pub fn unreadable_response(detail: impl Into<String>) -> Self {
        let message = format!("the answer is not one that B2 gives: {}", detail.into());
        let mut error = Self::new(ErrorKind::InvalidResponse, message);
        error.0.ambiguous = true;
        error
    }
}

impl ErrorKind {
    /// Returns whether the error is about the account, the key, the bucket or this machine, and not about one file.
    pub(super) const fn ends_everything(self) -> bool {
        matches!(
            self,
            Self::MissingAccountData
                | Self::NoCredential
                | Self::CorruptAccountInfo
                | Self::AccountStore
                | Self::WrongKey
                | Self::UnsupportedKey
                | Self::InvalidAuthToken
                | Self::Unauthorized
                | Self::EmailNotVerified
                | Self::NoPaymentHistory
                | Self::RestrictedBucket
                | Self::RestrictedBucketMissing
                | Self::AccountTrouble
                | Self::CapExceeded
                | Self::StorageCapExceeded
                | Self::TransactionCapExceeded
                | Self::DownloadCapExceeded
                | Self::BucketIdNotFound
                | Self::NonExistentBucket
                | Self::Connect
                | Self::UnknownHost
                | Self::Tls
                | Self::PotentialS3Endpoint
                | Self::UntrustedHost
                | Self::DestinationFull
        )
    }
}

/// Stands for every status but those of the service's own failures (5xx).
const ANY: u16 = 0;

/// The table: a status, a code of B2's, what that is, and what to do about it. Without a code a row is for all
/// codes that no earlier row names.
const TABLE: [(u16, Option<&str>, ErrorKind, Retry); 54] = {
    use ErrorKind as Kind;
    use Retry::{Backoff, Never, Reauthorize};
    [
        // Caps come with 403 as documented, and with 400 and 401 as well.
        (ANY, Some("storage_cap_exceeded"), Kind::StorageCapExceeded, Never),
        (ANY, Some("transaction_cap_exceeded"), Kind::TransactionCapExceeded, Never),
        (ANY, Some("download_cap_exceeded"), Kind::DownloadCapExceeded, Never),
        (ANY, Some("cap_exceeded"), Kind::CapExceeded, Never),
        (ANY, Some("account_trouble"), Kind::AccountTrouble, Never),
        (ANY, Some("account_suspended"), Kind::AccountTrouble, Never),
        (ANY, Some("email_not_verified"), Kind::EmailNotVerified, Never),
        (ANY, Some("no_payment_history"), Kind::NoPaymentHistory, Never),
        (ANY, Some("bad_bucket_id"), Kind::BucketIdNotFound, Never),
        (ANY, Some("invalid_bucket_id"), Kind::BucketIdNotFound, Never),
        (ANY, Some("request_timeout"), Kind::RequestTimeout, Backoff),
        (ANY, Some("too_many_requests"), Kind::TooManyRequests, Backoff),
        (ANY, Some("service_unavailable"), Kind::ServiceError, Backoff),
        (ANY, Some("internal_error"), Kind::ServiceError, Backoff),
        (400, Some("event_type_categories"), Kind::EventTypeCategories, Never),
        (400, Some("event_type_overlap"), Kind::EventTypeOverlap, Never),
        (400, Some("event_types_empty"), Kind::EventTypesEmpty, Never),
        (400, Some("event_type_invalid"), Kind::EventTypeInvalid, Never),
        (400, Some("already_hidden"), Kind::FileAlreadyHidden, Never),
        (400, Some("bad_json"), Kind::BadJson, Never),
        (400, Some("no_such_file"), Kind::FileNotPresent, Never),
        (400, Some("file_not_present"), Kind::FileNotPresent, Never),
        (400, Some("duplicate_bucket_name"), Kind::DuplicateBucketName, Never),
        (400, Some("too_many_buckets"), Kind::TooManyBuckets, Never),
        (400, Some("cannot_delete_non_empty_bucket"), Kind::BucketNotEmpty, Never),
        (400, Some("invalid_file_id"), Kind::BadRequest, Never),
        (400, Some("metadata_exceeded"), Kind::BadRequest, Never),
        (400, Some("missing_part"), Kind::MissingPart, Never),
        (400, Some("part_sha1_mismatch"), Kind::PartSha1Mismatch, Never),
        (400, Some("auth_token_limit"), Kind::UploadTokenUsedConcurrently, Backoff),
        (400, Some("source_too_large"), Kind::CopySourceTooBig, Never),
        (400, Some("file_lock_conflict"), Kind::DisablingFileLockNotSupported, Never),
        (400, Some("source_replication_conflict"), Kind::SourceReplicationConflict, Never),
        (400, Some("restricted_bucket_conflict"), Kind::EnablingFileLockOnRestrictedBucket, Never),
        (400, Some("bucket_missing_file_lock"), Kind::MissingFileLock, Never),
        (400, Some("out_of_range"), Kind::UnsatisfiableRange, Never),
        // What a gateway answers.
        (400, Some("file_too_large"), Kind::MaxFileSizeExceeded, Never),
        (400, Some("content_type_not_allowed"), Kind::ContentTypeNotAllowed, Never),
        (400, None, Kind::BadRequest, Never),
        (401, Some("unsupported"), Kind::UnsupportedKey, Never),
        (401, Some("access_denied"), Kind::AccessDenied, Never),
        (401, Some("bad_auth_token"), Kind::InvalidAuthToken, Reauthorize),
        (401, Some("expired_auth_token"), Kind::InvalidAuthToken, Reauthorize),
        // A HEAD has no body, so a 401 without a code may be an expired token.
        (401, Some(""), Kind::InvalidAuthToken, Reauthorize),
        (401, None, Kind::Unauthorized, Never),
        (403, Some("access_denied"), Kind::AccessDenied, Never),
        (403, None, Kind::AccessDenied, Never),
        (404, Some("not_found"), Kind::FileNotPresent, Never),
        (404, None, Kind::ResourceNotFound, Never),
        (405, Some("method_not_allowed"), Kind::Unknown, Never),
        (408, None, Kind::RequestTimeout, Backoff),
        (409, None, Kind::Conflict, Never),
        (416, None, Kind::UnsatisfiableRange, Never),
        (429, None, Kind::TooManyRequests, Backoff),
    ]
};

/// Returns what a status and a code mean in a response of this target. `message` refines the kind in two cases.
fn classify(target: Target, status: u16, code: &str, message: &str) -> (ErrorKind, Retry) {
    let listed = TABLE.iter().find(|(of, named, ..)| {
        let of_status = *of == status || (*of == ANY && (300..500).contains(&status));
        of_status && named.is_none_or(|named| named == code)
    });
    let (kind, retry) = match listed {
        Some((_, _, kind, retry)) => (*kind, *retry),
        None if (500..600).contains(&status) => (ErrorKind::ServiceError, Retry::Backoff),
        None => (ErrorKind::Unknown, Retry::Never),
    };
    let bad_request = status == 400 && code == "bad_request";
    let mentions = |words: &str| find(&message.to_ascii_lowercase(), words).is_some();
    let (kind, retry) = match (kind, target) {
        _ if bad_request && mentions("more than one upload using auth token") => {
            (ErrorKind::UploadTokenUsedConcurrently, Retry::Backoff)
        }
        // What is sent to an upload URL was checked before, so the bytes were damaged on the way, or read
        // differently than they were hashed: once more. What the message says only makes the error clearer.
        (_, Target::Upload) if bad_request && (mentions("checksum") || mentions("sha1")) => {
            (ErrorKind::ChecksumMismatch, Retry::Backoff)
        }
        (ErrorKind::PartSha1Mismatch, Target::Upload) => {
            (ErrorKind::ChecksumMismatch, Retry::Backoff)
        }
        (ErrorKind::BadRequest, Target::Upload) if bad_request => (kind, Retry::Backoff),
        (ErrorKind::InvalidAuthToken | ErrorKind::Unauthorized, Target::Authorize) => {
            (ErrorKind::WrongKey, Retry::Never)
        }
        // An upload token lives apart from the account's: a fresh URL brings a fresh one.
        (ErrorKind::InvalidAuthToken | ErrorKind::Unauthorized, Target::Upload) => {
            (ErrorKind::InvalidAuthToken, Retry::Backoff)
        }
        _ => (kind, retry),
    };
    match (retry, target) {
        (Retry::Backoff, Target::Upload) => (kind, Retry::NewUploadUrl),
        _ => (kind, retry),
    }
}

fn speaks_s3(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(500)]);
    let says = |part| find(&start, part).is_some();
    says("<?xml") && (says("s3.") || says("<Error>"))
}

#[cfg(test)]
mod tests;
