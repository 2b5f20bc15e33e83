//! Where to upload to.

use alloc::string::{String, ToString};

use super::{Idempotency, JsonEndpoint};
use crate::json::{FromJson, Place, serde_read, write_object};
use crate::machine::UploadUrl;
use crate::model::{BucketId, Capability, FileId};

/// `b2_get_upload_url`: a URL for uploading files into a bucket, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetUploadUrl {
    /// The bucket.
    pub bucket_id: BucketId,
}

write_object! { GetUploadUrl {
    bucket_id: "bucketId",
} }

impl JsonEndpoint for GetUploadUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_get_upload_part_url`: a URL for uploading parts of a large file, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetUploadPartUrl {
    /// The unfinished large file.
    pub file_id: FileId,
}

write_object! { GetUploadPartUrl {
    file_id: "fileId",
} }

impl JsonEndpoint for GetUploadPartUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_part_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }
}

/// Reads the answer to both calls.
impl FromJson for UploadUrl {
    fn from_json(place: &Place<'_>) -> Self {
        Self { url: place.read("uploadUrl"), token: place.read("authorizationToken") }
    }
}

serde_read!(UploadUrl);
