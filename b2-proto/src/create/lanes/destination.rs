//! What the lanes upload to: a bucket takes a file, an unfinished large file takes parts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::account::Authorization;
use crate::api::{GetUploadPartUrl, GetUploadUrl, UploadPart, UploadSha1};
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

    /// The request that sends part `index`. Without a digest, one is computed on the way and appended.
    pub(super) fn request(
        &self,
        url: &UploadUrl,
        index: usize,
        spans: Vec<Span>,
        digest: Option<Sha1Digest>,
    ) -> Result<Request, Error> {
        match self {
            Self::File(file) => file.upload_file(header(digest)).request(url, spans),
            Self::Parts { .. } => self.part(index, digest).request(url, spans),
        }
    }

    pub(super) fn response(
        &self,
        reply: &Reply,
        index: usize,
        digest: Option<Sha1Digest>,
    ) -> Result<Accepted, Error> {
        let unknown = || Error::invalid_response(Target::Upload, "it holds no SHA-1");
        match self {
            Self::File(file) => {
                let version = file.upload_file(header(digest)).response(reply)?;
                let sha1 = version.sha1().or(digest).or(reply.sent).ok_or_else(unknown)?;
                Ok(Accepted::File(Box::new(version), sha1))
            }
            Self::Parts { .. } => {
                let part = self.part(index, digest).response(reply)?;
                let sha1 = part.sha1().or(digest).or(reply.sent).ok_or_else(unknown)?;
                Ok(Accepted::Part(sha1))
            }
        }
    }

    pub(super) fn failed(&self, failure: &Failure) -> Error {
        let operation = match self {
            Self::File(_) => "b2_upload_file",
            Self::Parts { .. } => "b2_upload_part",
        };
        Error::from_failure(Target::Upload, failure).with_operation(operation)
    }

    fn part(&self, index: usize, digest: Option<Sha1Digest>) -> UploadPart {
        let (file_id, encryption) = match self {
            Self::Parts { file_id, encryption } => (file_id.clone(), encryption.clone()),
            Self::File(_) => (FileId::default(), None),
        };
        UploadPart {
            file_id,
            part_number: u32::try_from(index + 1).unwrap_or(u32::MAX),
            sha1: header(digest),
            server_side_encryption: encryption,
        }
    }

    pub(super) fn url_request(&self) -> UrlRequest {
        match self {
            Self::File(file) => {
                UrlRequest::File(GetUploadUrl { bucket_id: file.bucket_id.clone() })
            }
            Self::Parts { file_id, .. } => {
                UrlRequest::Part(GetUploadPartUrl { file_id: file_id.clone() })
            }
        }
    }
}

fn header(digest: Option<Sha1Digest>) -> UploadSha1 {
    digest.map_or(UploadSha1::AtEnd, UploadSha1::Header)
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
            Self::File(call) => call.response(reply),
            Self::Part(call) => call.response(reply),
        }
    }

    fn failed(&self, failure: &Failure) -> Error {
        match self {
            Self::File(call) => call.failed(failure),
            Self::Part(call) => call.failed(failure),
        }
    }
}
