//! Uploads, as users ask for them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::create::{Checkpoint, Content, NewFile, Upload, UploadEvent, UploadOptions};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{OnCancel, SourceId};
use b2_proto::model::{
    BucketId, EncryptionSetting, FileInfo, FileRetention, FileVersion, LegalHold,
};
use b2_proto::retry::RetryPolicy;
use b2_proto::time::Timestamp;

use crate::driver::Resources;
use crate::error::Error;
use crate::host::{Host, Source};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::{Session, Unsaved};
use crate::transfer::{Listener, Transfer};

/// An upload to be: set what differs from the defaults, then await it.
#[must_use = "an upload does nothing until it is awaited"]
pub struct UploadBuilder<H: Host> {
    session: Arc<Session<H>>,
    bucket_id: BucketId,
    file: NewFile,
    bytes: Bytes<H>,
    sha1: Option<Sha1Digest>,
    /// What is noted unless the file info says it.
    modified: Option<Timestamp>,
    options: UploadOptions,
    checkpoint: Option<Checkpoint>,
    listener: Option<Listener<UploadEvent>>,
}

enum Bytes<H: Host> {
    Source(H::Source),
    Reader(H::Reader),
}

impl<H: Host> UploadBuilder<H> {
    pub(crate) fn of_source(
        session: Arc<Session<H>>,
        bucket_id: BucketId,
        file: NewFile,
        source: H::Source,
    ) -> Self {
        Self::new(session, bucket_id, file, Bytes::Source(source))
    }

    pub(crate) fn of_reader(
        session: Arc<Session<H>>,
        bucket_id: BucketId,
        file: NewFile,
        reader: H::Reader,
    ) -> Self {
        Self::new(session, bucket_id, file, Bytes::Reader(reader))
    }

    fn new(session: Arc<Session<H>>, bucket_id: BucketId, file: NewFile, bytes: Bytes<H>) -> Self {
        let mut options = UploadOptions::default();
        options.body_style = session.host.body_style();
        options.retry = session.retry;
        Self {
            session,
            bucket_id,
            file,
            bytes,
            sha1: None,
            modified: None,
            options,
            checkpoint: None,
            listener: None,
        }
    }

    /// Sets the MIME type. By default B2 chooses one by the extension of the name.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.file.content_type = content_type.into();
        self
    }

    /// Sets the file info: custom metadata, and the headers of later downloads.
    pub fn info(mut self, info: FileInfo) -> Self {
        self.file.file_info = info;
        self
    }

    /// Notes when the local file was last modified, as `src_last_modified_millis`, unless the file info says it.
    pub fn src_last_modified(mut self, time: Timestamp) -> Self {
        self.modified = Some(time);
        self
    }

    /// Sets the server-side encryption. By default it is the bucket's.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.file.encryption = Some(encryption);
        self
    }

    /// Sets the file retention. By default it is the bucket's.
    pub fn file_retention(mut self, retention: FileRetention) -> Self {
        self.file.retention = Some(retention);
        self
    }

    /// Sets the legal hold.
    pub fn legal_hold(mut self, legal_hold: LegalHold) -> Self {
        self.file.legal_hold = Some(legal_hold);
        self
    }

    /// Sets the upload timestamp to record, where the account allows it.
    pub fn custom_upload_timestamp(mut self, timestamp: Timestamp) -> Self {
        self.file.custom_upload_timestamp = Some(timestamp);
        self
    }

    /// Sets the SHA-1 of all bytes, if it is known. It is compared with the bytes, which are read once more for it;
    /// nothing is stored if it is another one. A large file keeps it.
    pub fn sha1(mut self, sha1: Sha1Digest) -> Self {
        self.sha1 = Some(sha1);
        self
    }

    /// Reads a large file once more, before it is sent, so that its SHA-1 can be kept with it.
    pub fn whole_sha1(mut self, whole_sha1: bool) -> Self {
        self.options.whole_sha1 = whole_sha1;
        self
    }

    /// How many parts of a large file are sent at once. Default: 4.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// How large parts are, in bytes. Default: what the account recommends; 10 MB for a stream.
    pub fn part_size(mut self, part_size: u64) -> Self {
        self.options.part_size = Some(part_size);
        self
    }

    /// The largest part of a stream, in bytes: it is buffered in memory. Default: 100 MB.
    pub fn max_stream_part(mut self, bytes: u64) -> Self {
        self.options.max_stream_part = bytes;
        self
    }

    /// Whether to go on with an unfinished large file of the same name and properties, if there is one.
    /// Default: yes.
    pub fn resume(mut self, resume: bool) -> Self {
        self.options.resume = resume;
        self
    }

    /// Goes on from a checkpoint of an earlier run.
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// What to do with an unfinished large file when the upload fails. Default: keep it for resuming.
    pub fn on_failure(mut self, policy: OnCancel) -> Self {
        self.options.on_failure = policy;
        self
    }

    /// How long to go on without progress, and how long to wait between attempts.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with everything the upload says on the way.
    pub fn on_event(mut self, listener: impl FnMut(UploadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Checks what can be known before anything is sent: B2's rules for names and file info, and what the key and the
    /// realm allow.
    ///
    /// # Errors
    ///
    /// The error with which the upload would end.
    pub async fn check(&self) -> Result<(), Error> {
        let len = match &self.bytes {
            Bytes::Source(source) => Some(source.len()),
            Bytes::Reader(_) => None,
        };
        self.file.check()?;
        let authorized = self.session.clone().authorized(None, Unsaved::Warns).await?;
        Ok(self.file.check_allowed(&authorized.authorization, &self.bucket_id, len)?)
    }

    /// The upload as a [`Transfer`], whose events can be read as a stream and which can be cancelled.
    pub fn start(mut self) -> Transfer<FileVersion, UploadEvent> {
        if let Some(time) = self.modified
            && self.file.file_info.get(FileInfo::SRC_LAST_MODIFIED_MILLIS).is_none()
        {
            self.file.file_info = self.file.file_info.with_src_last_modified(time);
        }
        let mut resources = Resources::default();
        let content = match self.bytes {
            Bytes::Source(source) => {
                let content =
                    Content::Source { source: SourceId(0), len: source.len(), sha1: self.sha1 };
                resources.sources.push(source);
                content
            }
            Bytes::Reader(reader) => {
                resources.reader = Some(reader);
                Content::Stream { sha1: self.sha1 }
            }
        };
        let mut upload =
            Upload::new(self.bucket_id, self.file, content, self.options, self.session.host.seed());
        if let Some(checkpoint) = self.checkpoint {
            upload = upload.resume_from(checkpoint);
        }
        Transfer::new(upload, &self.session, resources, self.listener)
    }
}

impl<H: Host> IntoFuture for UploadBuilder<H> {
    type Output = Result<FileVersion, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.start().into_boxed()
    }
}

impl<H: Host> fmt::Debug for UploadBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadBuilder")
            .field("file", &self.file)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
