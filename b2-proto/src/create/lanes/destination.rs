//! What the lanes upload to: a bucket takes a file, an unfinished large file takes parts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::account::Authorization;
use crate::api::{
    Endpoint, GetUploadPartUrl, GetUploadUrl, Idempotency, Operation, UploadFile, UploadPart,
    UploadSha1,
};
use crate::create::file::NewFile;
use crate::error::{Error, Target, TransportError};
use crate::hash::Sha1Digest;
use crate::machine::{Reply, Request, Span, UploadUrl, UrlKey};
use crate::model::{BucketId, EncryptionSetting, FileId, FileVersion};

#[derive(Debug)]
pub(crate) enum Destination {
    File { bucket_id: BucketId, upload: Box<UploadFile> },
    Parts(Box<UploadPart>),
}

/// What B2 said to a part, or to the file.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) sha1: Sha1Digest,
    /// Of a file.
    pub(crate) version: Option<Box<FileVersion>>,
}

impl Destination {
    pub(crate) fn of_file(file: &NewFile) -> Self {
        let upload = Box::new(file.upload_file(UploadSha1::AtEnd));
        Self::File { bucket_id: file.bucket_id.clone(), upload }
    }

    pub(crate) fn of_parts(file_id: FileId, encryption: Option<EncryptionSetting>) -> Self {
        Self::Parts(Box::new(UploadPart {
            file_id,
            part_number: 1,
            sha1: UploadSha1::AtEnd,
            server_side_encryption: encryption,
        }))
    }

    /// The large file, if it is one.
    pub(crate) fn large_file(&self) -> Option<&FileId> {
        match self {
            Self::File { .. } => None,
            Self::Parts(upload) => Some(&upload.file_id),
        }
    }

    pub(crate) fn url_key(&self) -> UrlKey {
        match self {
            Self::File { bucket_id, .. } => UrlKey::Bucket(bucket_id.clone()),
            Self::Parts(upload) => UrlKey::LargeFile(upload.file_id.clone()),
        }
    }

    /// What is said next is about part `index`. Without a digest, one is computed on the way and appended.
    fn turn_to(&mut self, index: usize, digest: Option<Sha1Digest>) {
        let sha1 = digest.map_or(UploadSha1::AtEnd, UploadSha1::Header);
        match self {
            Self::File { upload, .. } => upload.sha1 = sha1,
            Self::Parts(upload) => {
                upload.part_number = u32::try_from(index + 1).unwrap_or(u32::MAX);
                upload.sha1 = sha1;
            }
        }
    }

    /// The request that sends part `index`.
    pub(super) fn request(
        &mut self,
        url: &UploadUrl,
        index: usize,
        spans: Vec<Span>,
        digest: Option<Sha1Digest>,
    ) -> Result<Request, Error> {
        self.turn_to(index, digest);
        match self {
            Self::File { upload, .. } => upload.request(url, spans),
            Self::Parts(upload) => upload.request(url, spans),
        }
    }

    pub(super) fn response(
        &mut self,
        reply: &Reply,
        index: usize,
        digest: Option<Sha1Digest>,
    ) -> Result<Accepted, Error> {
        self.turn_to(index, digest);
        let (version, sha1) = match self {
            Self::File { upload, .. } => {
                let version = upload.response(reply)?;
                let sha1 = version.sha1();
                (Some(Box::new(version)), sha1)
            }
            Self::Parts(upload) => (None, upload.response(reply)?.sha1()),
        };
        match sha1.or(digest).or(reply.sent) {
            Some(sha1) => Ok(Accepted { sha1, version }),
            None => Err(Error::unreadable_response("it holds no SHA-1")),
        }
    }

    pub(super) fn failed(&self, failure: &TransportError) -> Error {
        let operation = match self {
            Self::File { .. } => "b2_upload_file",
            Self::Parts(_) => "b2_upload_part",
        };
        Error::from_failure(Target::Upload, failure).with_operation(operation)
    }

    pub(super) fn url_request(&self) -> UrlRequest {
        match self {
            Self::File { bucket_id, .. } => {
                UrlRequest::File(GetUploadUrl { bucket_id: bucket_id.clone() })
            }
            Self::Parts(upload) => {
                UrlRequest::Part(GetUploadPartUrl { file_id: upload.file_id.clone() })
            }
        }
    }
}

/// Asks for an upload URL of either sort.
#[derive(Debug)]
pub(crate) enum UrlRequest {
    File(GetUploadUrl),
    Part(GetUploadPartUrl),
}

impl Operation for UrlRequest {
    fn name(&self) -> &'static str {
        match self {
            Self::File(call) => call.name(),
            Self::Part(call) => call.name(),
        }
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        match self {
            Self::File(call) => call.request(authorization),
            Self::Part(call) => call.request(authorization),
        }
    }
}

impl Endpoint for UrlRequest {
    type Response = UploadUrl;

    fn response(&self, reply: &Reply) -> Result<UploadUrl, Error> {
        match self {
            Self::File(call) => call.response(reply),
            Self::Part(call) => call.response(reply),
        }
    }
}
