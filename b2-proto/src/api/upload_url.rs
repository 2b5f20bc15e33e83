//! Calls that return upload URLs.

use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use super::{Idempotency, JsonEndpoint};
use crate::machine::UploadUrl;
use crate::model::{BucketId, Capability, FileId};

/// `b2_get_upload_url`: returns a URL for uploading files to a bucket, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetUploadUrl {
    /// The bucket.
    pub bucket_id: BucketId,
}

impl JsonEndpoint for GetUploadUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_get_upload_part_url`: returns a URL for uploading parts of a large file, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetUploadPartUrl {
    /// The unfinished large file.
    pub file_id: FileId,
}

impl JsonEndpoint for GetUploadPartUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_part_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }
}
