//! Where the workers upload to: a bucket takes a file, an unfinished large file takes parts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::account::Authorization;
use crate::api::NewFile;
use crate::api::{
    CopyPart, Endpoint, GetUploadPartUrl, GetUploadUrl, Idempotency, Operation, UploadFile,
    UploadPart, UploadSha1,
};
use crate::call::{Call, CallFactory, Retrying};
use crate::create::plan::RemoteRange;
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Input, Machine, Reply, Request, Span, Step, TaskId, UploadUrl, UrlKey};
use crate::model::{BucketId, EncryptionSetting, FileId, FileVersion};
use crate::time::Instant;

/// Where the parts of one file are uploaded to.
#[derive(Debug)]
pub(crate) enum Destination {
    /// The file has one part, which is uploaded as a file.
    Bucket { bucket_id: BucketId, file: Box<UploadFile> },
    /// Each part is uploaded as a part of an unfinished large file.
    LargeFile { file_id: FileId, encryption: Option<EncryptionSetting> },
}

impl Destination {
    pub(crate) fn of_file(bucket_id: BucketId, file: NewFile) -> Self {
        let mut upload = UploadFile::new(file, UploadSha1::AtEnd);
        upload.bucket_id = Some(bucket_id.clone());
        Self::Bucket { bucket_id, file: Box::new(upload) }
    }

    pub(crate) fn of_parts(file_id: FileId, encryption: Option<EncryptionSetting>) -> Self {
        Self::LargeFile { file_id, encryption }
    }

    /// Returns the unfinished large file, if it is one.
    pub(crate) fn large_file(&self) -> Option<&FileId> {
        match self {
            Self::Bucket { .. } => None,
            Self::LargeFile { file_id, .. } => Some(file_id),
        }
    }

    /// Returns the copy of a remote range as part `index` of the large file.
    pub(super) fn copy(&self, index: usize, remote: &RemoteRange) -> Option<CopyPart> {
        let Self::LargeFile { file_id, encryption } = self else {
            return None;
        };
        let mut copy = CopyPart::new(remote.file_id.clone(), file_id.clone(), part_number(index));
        copy.range = Some(remote.range.clone());
        copy.source_server_side_encryption.clone_from(&remote.encryption);
        copy.destination_server_side_encryption.clone_from(encryption);
        Some(copy)
    }

    pub(crate) fn url_key(&self) -> UrlKey {
        match self {
            Self::Bucket { bucket_id, .. } => UrlKey::Bucket(bucket_id.clone()),
            Self::LargeFile { file_id, .. } => UrlKey::LargeFile(file_id.clone()),
        }
    }

    /// Returns the upload of part `index` to `url`. Without a digest, the host computes and appends one.
    pub(super) fn upload(
        &self,
        url: UploadUrl,
        index: usize,
        spans: Vec<Span>,
        digest: Option<Sha1Digest>,
    ) -> PartUpload {
        let sha1 = digest.map_or(UploadSha1::AtEnd, UploadSha1::Header);
        let content = match self {
            Self::Bucket { file, .. } => {
                Content::File(Box::new(UploadFile { sha1, ..(**file).clone() }))
            }
            Self::LargeFile { file_id, encryption } => Content::Part(Box::new(UploadPart {
                file_id: file_id.clone(),
                part_number: part_number(index),
                sha1,
                server_side_encryption: encryption.clone(),
            })),
        };
        PartUpload { content, digest, spans, url }
    }
}

fn part_number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// One upload of a file or a part to an upload URL.
#[derive(Debug)]
pub(super) struct PartUpload {
    content: Content,
    /// The SHA-1 of the spans, where it was known before.
    digest: Option<Sha1Digest>,
    spans: Vec<Span>,
    pub(super) url: UploadUrl,
}

#[derive(Debug)]
enum Content {
    File(Box<UploadFile>),
    Part(Box<UploadPart>),
}

/// A part that B2 has stored.
#[derive(Debug)]
pub(crate) struct StoredPart {
    pub(crate) sha1: Sha1Digest,
    /// Set if the part is a file.
    pub(crate) version: Option<Box<FileVersion>>,
}

impl PartUpload {
    /// Checks that B2 has stored as many bytes as were sent.
    fn check_size(&self, version: &FileVersion) -> Result<(), Error> {
        let sent = self.spans.iter().map(Span::len).sum::<u64>();
        if version.size == sent {
            return Ok(());
        }
        let message =
            format!("B2 says that it stored {} bytes, but {sent} were sent", version.size);
        let error = Error::unreadable_response("").with_kind(ErrorKind::WrongFile);
        Err(error.with_message(message).with_subject(&version.file_name))
    }
}

/// The upload URL has a token of its own, so that the account's authorization is not needed.
impl Operation for PartUpload {
    fn name(&self) -> &'static str {
        match self.content {
            Content::File(_) => "b2_upload_file",
            Content::Part(_) => "b2_upload_part",
        }
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn target(&self) -> Target {
        Target::Upload
    }

    fn needs_authorization(&self) -> bool {
        false
    }

    fn request(&self, _authorization: Option<&Authorization>) -> Result<Request, Error> {
        match &self.content {
            Content::File(file) => file.request(&self.url, self.spans.clone()),
            Content::Part(part) => part.request(&self.url, self.spans.clone()),
        }
    }
}

impl Endpoint for PartUpload {
    type Response = StoredPart;

    fn response(&self, reply: &Reply) -> Result<StoredPart, Error> {
        let (version, sha1) = match &self.content {
            Content::File(file) => {
                let version = file.response(reply)?;
                self.check_size(&version)?;
                let sha1 = version.sha1();
                (Some(Box::new(version)), sha1)
            }
            Content::Part(part) => (None, part.response(reply)?.sha1()),
        };
        match sha1.or(self.digest).or(reply.sent) {
            Some(sha1) => Ok(StoredPart { sha1, version }),
            None => Err(Error::unreadable_response("it holds no SHA-1")),
        }
    }
}

impl Destination {
    /// Returns the call that fetches an upload URL.
    pub(super) fn url_call(&self, calls: &mut CallFactory) -> UrlCall {
        match self {
            Self::Bucket { bucket_id, .. } => {
                UrlCall::File(calls.call(GetUploadUrl { bucket_id: bucket_id.clone() }))
            }
            Self::LargeFile { file_id, .. } => {
                UrlCall::Part(calls.call(GetUploadPartUrl { file_id: file_id.clone() }))
            }
        }
    }
}

/// A call that fetches an upload URL.
#[derive(Debug)]
pub(super) enum UrlCall {
    File(Call<GetUploadUrl>),
    Part(Call<GetUploadPartUrl>),
}

impl UrlCall {
    pub(super) fn poll(&mut self, now: Instant) -> Step<UploadUrl, Retrying> {
        match self {
            Self::File(call) => call.poll(now),
            Self::Part(call) => call.poll(now),
        }
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match self {
            Self::File(call) => call.handle(now, task, input),
            Self::Part(call) => call.handle(now, task, input),
        }
    }

    pub(super) fn running(&self) -> Option<TaskId> {
        match self {
            Self::File(call) => call.running(),
            Self::Part(call) => call.running(),
        }
    }
}
