//! The kinds of errors.

/// The kind of an [`Error`](super::Error), which a caller can act on.
///
/// There is one for each exception of b2sdk that a caller would catch. More can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    // Invalid arguments.
    /// An argument is out of its range, or two contradict each other. Nothing was sent.
    InvalidInput,
    /// B2 forbids this file name. Nothing was sent.
    InvalidFileName,
    /// B2 forbids this file info key, or name and file info are too long. Nothing was sent.
    InvalidFileInfo,
    /// The file is larger than B2 can store.
    MaxFileSizeExceeded,
    /// The realm does not accept files of this content type.
    ContentTypeNotAllowed,
    /// A file name from the server would leave the local target folder.
    UnsafePath,
    /// The caller cancelled.
    Cancelled,

    // Synchronization.
    /// The file in the destination is newer than that in the source, and the options do not say what happens then.
    DestinationNewer,
    /// The source has no files. Nothing was changed.
    EmptySource,
    /// More files would be removed from the destination than the options allow. None was removed.
    TooManyRemovals,
    /// A synchronization has ended, and some files or removals failed.
    IncompleteSync,

    // Credentials and permissions.
    /// No account is authorized: no key was given and none is stored.
    MissingAccountData,
    /// The credential provider failed.
    NoCredential,
    /// The stored account cannot be read.
    CorruptAccountInfo,
    /// The store of the account could not be used; another process may hold it.
    AccountStore,
    /// The application key id or the application key is wrong.
    WrongKey,
    /// The key needs a later version of the API.
    UnsupportedKey,
    /// The token is expired or unknown, and a new one could not help.
    InvalidAuthToken,
    /// The key does not allow this: a capability is missing, or another bucket or prefix is named.
    Unauthorized,
    /// The e-mail address of the account is not verified.
    EmailNotVerified,
    /// The account has no payment history.
    NoPaymentHistory,
    /// The key is restricted to other buckets.
    RestrictedBucket,
    /// The bucket to which the key is restricted no longer exists.
    RestrictedBucketMissing,
    /// The server refused: a lock, an encryption key, or a rule of the account.
    AccessDenied,
    /// The SSE-C key is missing or is not the one the file was encrypted with.
    SseCKey,
    /// File retention or legal hold forbids the change.
    RetentionWrite,

    // Caps.
    /// A cap of the account is reached.
    CapExceeded,
    /// The storage cap of the account is reached.
    StorageCapExceeded,
    /// The transaction cap of the account is reached.
    TransactionCapExceeded,
    /// The download cap of the account is reached.
    DownloadCapExceeded,
    /// The account is suspended, or has another problem to settle with Backblaze.
    AccountTrouble,

    // Missing files and buckets.
    /// No such file, or it is hidden.
    FileNotPresent,
    /// No bucket has this name.
    NonExistentBucket,
    /// No bucket has this id.
    BucketIdNotFound,
    /// No such file, bucket or endpoint.
    ResourceNotFound,

    // Conflicting states.
    /// The bucket name is taken, possibly by another account.
    DuplicateBucketName,
    /// The account has as many buckets as it may.
    TooManyBuckets,
    /// The bucket still holds file versions.
    BucketNotEmpty,
    /// It was changed concurrently.
    Conflict,
    /// The file is hidden already.
    FileAlreadyHidden,
    /// The file is not hidden.
    FileNotHidden,
    /// The newest version of the file is a deletion.
    FileDeleted,
    /// The newest version of the file has an action that the operation does not expect.
    UnexpectedFileVersionAction,
    /// A part of the large file has not been uploaded.
    MissingPart,
    /// A part of the large file has another SHA-1 than was claimed.
    PartSha1Mismatch,
    /// The source is too large for one copy.
    CopySourceTooBig,
    /// File lock cannot be turned off again.
    DisablingFileLockNotSupported,
    /// The bucket is the source of a replication, which excludes this.
    SourceReplicationConflict,
    /// File lock cannot be enabled on a restricted bucket.
    EnablingFileLockOnRestrictedBucket,
    /// The bucket has no file lock.
    MissingFileLock,
    /// Event types of different categories in one notification rule.
    EventTypeCategories,
    /// Event types of a notification rule overlap.
    EventTypeOverlap,
    /// A notification rule has no event types.
    EventTypesEmpty,
    /// B2 does not know an event type of the notification rule.
    EventTypeInvalid,
    /// The server refused the request as invalid.
    BadRequest,
    /// The server could not read the request's JSON.
    BadJson,
    /// The requested range lies outside the file.
    UnsatisfiableRange,
    /// The file has fewer bytes than the requested range.
    InvalidRange,

    // Transient errors.
    /// Too many requests from this account.
    TooManyRequests,
    /// The service is busy or broken (5xx).
    ServiceError,
    /// The server gave up waiting for the request.
    RequestTimeout,
    /// The upload URL is still in use by an earlier request.
    UploadTokenUsedConcurrently,
    /// No connection could be made.
    Connect,
    /// The host name cannot be resolved.
    UnknownHost,
    /// No trusted connection could be made.
    Tls,
    /// The connection broke.
    ConnectionBroken,
    /// The server did not respond in time.
    Timeout,
    /// The browser withheld the response: the bucket's CORS rules do not allow this page.
    Cors,
    /// The policy of the page does not let it send requests to this host; nothing was sent.
    PagePolicy,
    /// The device is offline.
    Offline,
    /// The device was suspended.
    Asleep,

    // Integrity.
    /// The bytes have another SHA-1 than they should have.
    ChecksumMismatch,
    /// Fewer bytes arrived than should have.
    TruncatedOutput,
    /// The local file changed while it was uploaded.
    SourceChanged,
    /// The file at B2 was replaced while it was downloaded.
    FileChanged,
    /// The response is about another file than the requested one.
    WrongFile,

    // Invalid responses.
    /// The response does not have the shape of B2's: a field is missing, or has another type.
    InvalidResponse,
    /// The response is not B2's: a login page of the network, a proxy or a cache sent it.
    ForeignResponse,
    /// An entry of a listing cannot be read, or was not requested. The listing continues without it.
    UnreadableEntry,
    /// A response contains a URL with a host outside of the realm, to which keys or files would be sent.
    UntrustedHost,
    /// The realm is an S3 endpoint; B2's own API has another host.
    PotentialS3Endpoint,
    /// A status or a code that is not classified.
    Unknown,

    // Local errors.
    /// The local source cannot be read.
    Source,
    /// The local destination cannot be written, for another reason than those of the next kinds.
    Destination,
    /// The local destination is a directory.
    DestinationIsDirectory,
    /// The directory of the local destination does not exist.
    DestinationDirectoryMissing,
    /// The parent of the local destination is not a directory.
    DestinationParentNotDirectory,
    /// The local destination may not be written: a permission is missing, or a file, a directory or the file system does
    /// not allow it.
    DestinationDenied,
    /// The local destination has no space left, or a quota is used up.
    DestinationFull,
}

impl ErrorKind {
    /// Returns whether B2 refuses a call about an unfinished large file with this kind if the file is no longer
    /// unfinished: it was finished or cancelled.
    pub(crate) const fn may_be_over(self) -> bool {
        matches!(self, Self::BadRequest | Self::FileNotPresent | Self::ResourceNotFound)
    }

    /// Returns whether the local destination of a download is at fault.
    #[must_use]
    pub const fn is_destination(self) -> bool {
        matches!(
            self,
            Self::Destination
                | Self::DestinationIsDirectory
                | Self::DestinationDirectoryMissing
                | Self::DestinationParentNotDirectory
                | Self::DestinationDenied
                | Self::DestinationFull
        )
    }
}
