//! The bucket of the page, with its CORS and lifecycle rules.

use b2_native::{Client, Error};
use b2_proto::ErrorKind;
use b2_proto::api::CreateBucket;
use b2_proto::model::{BucketId, BucketType, CorsOperation, CorsRule, LifecycleRule};

use crate::BUCKET;

/// The request headers of uploads that CORS rules must allow.
const REQUEST_HEADERS: [&str; 8] = [
    "authorization",
    "content-type",
    "x-bz-file-name",
    "x-bz-part-number",
    "x-bz-content-sha1",
    "x-bz-info-*",
    "x-bz-server-side-encryption*",
    "x-bz-custom-upload-timestamp",
];

/// The response headers of downloads that the page reads.
const RESPONSE_HEADERS: [&str; 9] = [
    "content-range",
    "content-length",
    "retry-after",
    "x-bz-content-sha1",
    "x-bz-file-id",
    "x-bz-file-name",
    "x-bz-info-large_file_sha1",
    "x-bz-info-src_last_modified_millis",
    "x-bz-upload-timestamp",
];

/// Creates the bucket, or sets the CORS rules of the existing one for pages of this origin.
pub(crate) async fn open(client: &Client, origin: &str) -> Result<BucketId, Error> {
    let mut uploads = CorsRule::new(
        "page-uploads",
        [origin],
        [CorsOperation::UploadFile, CorsOperation::UploadPart],
    );
    uploads.allowed_headers = Some(REQUEST_HEADERS.map(str::to_owned).into());
    uploads.expose_headers = Some(vec!["retry-after".to_owned()]);
    uploads.max_age_seconds = 7_200;
    let mut downloads =
        CorsRule::new("page-downloads", [origin], [CorsOperation::DownloadFileByName]);
    downloads.allowed_headers = Some(vec!["authorization".to_owned(), "range".to_owned()]);
    downloads.expose_headers = Some(RESPONSE_HEADERS.map(str::to_owned).into());
    downloads.max_age_seconds = 7_200;
    let rules = vec![uploads, downloads];

    let mut lifecycle = LifecycleRule::new("");
    lifecycle.days_from_starting_to_canceling_unfinished_large_files = Some(7);
    let mut bucket = CreateBucket::new(BUCKET, BucketType::AllPrivate);
    bucket.cors_rules = Some(rules.clone());
    bucket.lifecycle_rules = Some(vec![lifecycle]);
    match client.create_bucket(bucket).await {
        Ok(bucket) => Ok(bucket.id().clone()),
        Err(error) if error.kind() == ErrorKind::DuplicateBucketName => {
            let bucket = client.bucket(BUCKET).await?;
            bucket.update(|update| update.cors_rules = Some(rules)).await?;
            Ok(bucket.id().clone())
        }
        Err(error) => Err(error),
    }
}
