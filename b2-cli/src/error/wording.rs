//! The first line of errors in the words of Backblaze's tool, which scripts look for.

use b2_native::Error;
use b2_proto::ErrorKind;

/// Returns the line that Backblaze's tool prints for an error. `None` for errors that it does not have.
pub(super) fn first_line(error: &Error) -> Option<String> {
    if error.kind() == ErrorKind::NonExistentBucket {
        // The only one without a prefix.
        let name = error.subject()?;
        return Some(format!(
            "Bucket not found: {name}. If you believe it exists, run `b2 bucket list` to reset cache, then try again."
        ));
    }
    let text = text(error)?;
    Some(if error.operation() == Some("b2_authorize_account") {
        format!("ERROR: unable to authorize account: {text}")
    } else {
        format!("ERROR: {text}")
    })
}

/// Returns the text of b2sdk's exception. `None` for errors that it does not have.
pub(crate) fn text(error: &Error) -> Option<String> {
    let subject = error.subject().unwrap_or_default();
    let said = error.server_message().unwrap_or_default();
    let code = error.code().unwrap_or_default();
    // Without a response, the error was found here, and most messages of b2sdk are about responses.
    let with_code = || Some(format!("{said} ({code})")).filter(|_| !said.is_empty());
    if let Some(restrictions) = error.data().key_restrictions() {
        let said = if said.is_empty() { "unauthorized" } else { said };
        let code = if code.is_empty() { "unauthorized" } else { code };
        return Some(format!("{said} for application key {restrictions} ({code})"));
    }
    let refused = |text: &str| error.status().map(|_| text.to_owned());
    match error.kind() {
        ErrorKind::MissingAccountData => Some(
            "Missing account data: authorization  Use: 'b2 account authorize' or provide auth data with \
             'B2_APPLICATION_KEY_ID' and 'B2_APPLICATION_KEY' environment variables"
                .to_owned(),
        ),
        ErrorKind::FileNotPresent if error.operation() == Some("b2_download_file_by_name") => {
            // The subject is the bucket and the name.
            let name = subject.split_once('/').map_or(subject, |(_, name)| name);
            Some(format!("File not present: {name}"))
        }
        ErrorKind::FileNotPresent if subject.is_empty() => Some("File not present".to_owned()),
        ErrorKind::FileNotPresent => Some(format!("File not present: {subject}")),
        ErrorKind::BucketIdNotFound => Some(format!("Bucket with id={subject} not found")),
        ErrorKind::ResourceNotFound => refused("No such file, bucket, or endpoint: "),
        ErrorKind::DuplicateBucketName => Some(format!("Bucket name is already in use: {subject}")),
        ErrorKind::FileAlreadyHidden => Some(format!("File already hidden: {subject}")),
        ErrorKind::FileNotHidden => Some(format!("File not hidden: {subject}")),
        ErrorKind::FileDeleted => Some(format!("File deleted: {subject}")),
        ErrorKind::MissingPart => Some(format!("Part number has not been uploaded: {subject}")),
        ErrorKind::PartSha1Mismatch => Some(format!("Part number {subject} has wrong SHA1")),
        ErrorKind::BadJson => refused(&format!("Bad request: {said}")),
        ErrorKind::DisablingFileLockNotSupported => {
            Some("Disabling file lock is not supported".to_owned())
        }
        ErrorKind::SourceReplicationConflict => {
            Some("Operation not supported for buckets with source replication".to_owned())
        }
        ErrorKind::EnablingFileLockOnRestrictedBucket => {
            Some("Turning on file lock for a restricted bucket is not allowed".to_owned())
        }
        ErrorKind::WrongKey => error.status().map(|_| format!("{said} ({code})")),
        ErrorKind::InvalidAuthToken => error
            .status()
            .map(|_| format!("Invalid authorization token. Server said: {said} ({code})")),
        ErrorKind::StorageCapExceeded => {
            Some("Cannot upload or copy files, storage cap exceeded.".to_owned())
        }
        ErrorKind::TransactionCapExceeded => {
            Some("Cannot perform the operation, transaction cap exceeded.".to_owned())
        }
        ErrorKind::AccessDenied => {
            refused("This call with these parameters is not allowed for this auth token")
        }
        ErrorKind::RetentionWrite => refused(
            "Auth token not authorized to write retention or file already in 'compliance' mode or \
             bypassGovernance=true parameter missing",
        ),
        ErrorKind::SseCKey => refused("Wrong or no SSE-C key provided when reading a file."),
        ErrorKind::RestrictedBucket => {
            let (_, names) = error.message().split_once(" to the buckets ")?;
            Some(format!("Application key is restricted to buckets: [{names}]"))
        }
        ErrorKind::Conflict => refused("Conflict: "),
        ErrorKind::UnsatisfiableRange | ErrorKind::InvalidRange => {
            Some("The range in the request is outside the size of the file".to_owned())
        }
        ErrorKind::TooManyRequests => refused("Too many requests"),
        ErrorKind::Unauthorized
        | ErrorKind::EmailNotVerified
        | ErrorKind::NoPaymentHistory
        | ErrorKind::BadRequest
        | ErrorKind::BucketNotEmpty
        | ErrorKind::TooManyBuckets
        | ErrorKind::CopySourceTooBig
        | ErrorKind::MaxFileSizeExceeded
        | ErrorKind::MissingFileLock
        | ErrorKind::EventTypeCategories
        | ErrorKind::EventTypeOverlap
        | ErrorKind::EventTypesEmpty
        | ErrorKind::InvalidFileName
        | ErrorKind::InvalidFileInfo
        | ErrorKind::InvalidInput => with_code(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_backblaze() {
        let error = |kind, subject: &str| {
            Error::from(b2_proto::Error::new(kind, "ours").with_subject(subject))
        };
        for (kind, subject, line) in [
            (ErrorKind::BucketIdNotFound, "4a48", "ERROR: Bucket with id=4a48 not found"),
            (ErrorKind::FileNotPresent, "a.txt", "ERROR: File not present: a.txt"),
            (ErrorKind::FileNotPresent, "", "ERROR: File not present"),
            (
                ErrorKind::NonExistentBucket,
                "photos",
                "Bucket not found: photos. If you believe it exists, run `b2 bucket list` to reset cache, then try again.",
            ),
        ] {
            assert_eq!(first_line(&error(kind, subject)).as_deref(), Some(line));
        }
        let refusal = b2_proto::Error::new(ErrorKind::Unauthorized, "ours");
        assert_eq!(
            text(&refusal.with_key_restrictions("with capabilities 'listFiles'").into()).as_deref(),
            Some("unauthorized for application key with capabilities 'listFiles' (unauthorized)"),
        );
        // What no response says is in our words only.
        assert_eq!(first_line(&error(ErrorKind::BadRequest, "a")), None);
        assert_eq!(first_line(&error(ErrorKind::UnsafePath, "a")), None);
    }
}
