//! Where to upload to.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Endpoint, Repeat};
use crate::machine::UploadUrl;
use crate::model::{BucketId, Capability, FileId};
use crate::secret::Secret;

/// `b2_get_upload_url`: a URL for uploading files into a bucket, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetUploadUrl {
    /// The bucket.
    pub bucket_id: BucketId,
}

impl Endpoint for GetUploadUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_get_upload_part_url`: a URL for uploading parts of a large file, for one upload at a time.
///
/// Valid for 24 hours, or until an upload to it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetUploadPartUrl {
    /// The unfinished large file.
    pub file_id: FileId,
}

impl Endpoint for GetUploadPartUrl {
    type Response = UploadUrl;
    const NAME: &'static str = "b2_get_upload_part_url";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }
}

/// Reads the answer to both calls.
impl<'de> Deserialize<'de> for UploadUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            upload_url: String,
            authorization_token: Secret,
        }
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self { url: wire.upload_url, token: wire.authorization_token })
    }
}
