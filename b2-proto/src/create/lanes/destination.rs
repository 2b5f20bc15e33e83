//! What the lanes upload to: a bucket takes a file, an unfinished large file takes parts.

use crate::account::Authorization;
use crate::api::{
    Checksum, Endpoint, GetUploadPartUrl, GetUploadUrl, Repeat, UploadFile, UploadPart,
};
use crate::call::Exchange;
use crate::create::file::NewFile;
use crate::error::{Error, Failure, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Reply, Request, Span, UploadUrl, UrlKey};
use crate::model::{EncryptionSetting, FileId, FileVersion};

#[derive(Debug)]
pub(crate) enum Destination {
    File(Box<NewFile>),
    Parts { file_id: FileId, encryption: Option<EncryptionSetting> },
}

/// What B2 said to a part.
#[derive(Debug)]
pub(crate) enum Accepted {
    File(Box<FileVersion>, Sha1Digest),
    Part(Sha1Digest),
}

impl Accepted {
    pub(crate) fn sha1(&self) -> Sha1Digest {
        match self {
            Self::File(_, sha1) | Self::Part(sha1) => *sha1,
        }
    }
}

impl Destination {
    pub(crate) fn url_key(&self) -> UrlKey {
        match self {
            Self::File(file) => UrlKey::Bucket(file.bucket_id.clone()),
            Self::Parts { file_id, .. } => UrlKey::LargeFile(file_id.clone()),
        }
    }

    pub(super) fn url_request(&self) -> UrlRequest {
        match self {
            Self::File(file) => UrlRequest::File(GetUploadUrl::new(file.bucket_id.clone())),
            Self::Parts { file_id, .. } => UrlRequest::Part(GetUploadPartUrl::new(file_id.clone())),
        }
    }
}

/// Asks for an upload URL of either sort.
#[derive(Debug)]
pub(crate) enum UrlRequest {
    File(GetUploadUrl),
    Part(GetUploadPartUrl),
}

impl Exchange for UrlRequest {
    type Output = UploadUrl;

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        match self {
            Self::File(call) => call.request(authorization),
            Self::Part(call) => call.request(authorization),
        }
    }

    fn response(&self, reply: &Reply) -> Result<UploadUrl, Error> {
        match self {
            Self::File(call) => call.response(reply).map(|answer| answer.into_upload_url()),
            Self::Part(call) => call.response(reply).map(|answer| answer.into_upload_url()),
        }
    }

    fn failed(&self, failure: &Failure) -> Error {
        match self {
            Self::File(call) => call.failed(failure),
            Self::Part(call) => call.failed(failure),
        }
    }
}
