//! Messages of errors.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::{ApiError, ErrorKind};

/// Returns the message of an error in a response: B2's own if it has more details, and what to do next.
pub(super) fn describe(kind: ErrorKind, api: &ApiError) -> String {
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
        ErrorKind::AccountTrouble => {
            "the account is suspended or has another trouble; log in at www.backblaze.com"
        }
        ErrorKind::FileNotPresent => "no such file, or it is hidden",
        ErrorKind::BucketIdNotFound => "no such bucket",
        ErrorKind::ResourceNotFound => "no such file, bucket or endpoint",
        ErrorKind::DuplicateBucketName => "the bucket name is already in use",
        ErrorKind::TooManyBuckets => "the account has as many buckets as it may",
        ErrorKind::BucketNotEmpty => "the bucket is not empty; delete its file versions first",
        ErrorKind::Conflict => "the file was changed by another client meanwhile",
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
