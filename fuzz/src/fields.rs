//! The names of fields in B2's JSON.

/// The fields of a file version or part, and of the objects in it.
pub(crate) const FILE: &[&str] = &[
    "accountId",
    "action",
    "bucketId",
    "contentLength",
    "size",
    "range",
    "contentSha1",
    "contentMd5",
    "contentType",
    "fileId",
    "fileInfo",
    "fileName",
    "fileRetention",
    "isClientAuthorizedToRead",
    "value",
    "mode",
    "retainUntilTimestamp",
    "legalHold",
    "serverSideEncryption",
    "algorithm",
    "replicationStatus",
    "uploadTimestamp",
    "partNumber",
];

/// The fields of a bucket.
pub(crate) const BUCKET: &[&str] = &[
    "accountId",
    "bucketId",
    "bucketName",
    "bucketType",
    "bucketInfo",
    "corsRules",
    "lifecycleRules",
    "revision",
    "options",
    "defaultServerSideEncryption",
    "fileLockConfiguration",
    "replicationConfiguration",
];

/// The fields of an application key.
pub(crate) const KEY: &[&str] = &[
    "keyName",
    "applicationKeyId",
    "applicationKey",
    "capabilities",
    "accountId",
    "expirationTimestamp",
    "bucketIds",
    "namePrefix",
    "options",
];
