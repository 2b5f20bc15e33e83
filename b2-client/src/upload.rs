//! Uploads: set what differs from the defaults, then await.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::future::{IntoFuture, ready};

use b2_proto::ErrorKind;
use b2_proto::api::GetFileInfo;
use b2_proto::create::{
    Checkpoint, Content, IntentSource, NewFile, PartLimits, Plan, Upload, UploadEvent,
    UploadOptions, WriteIntent,
};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::OnCancel;
use b2_proto::model::{
    BucketId, EncryptionSetting, FileInfo, FileRetention, FileVersion, LegalHold,
};
use b2_proto::retry::RetryPolicy;
use b2_proto::time::Timestamp;

use crate::driver::{AnyReader, COPIES, Commands, OpenPiece, Resources};
use crate::error::Error;
use crate::host::{Host, Source};
use crate::local_files::{LocalFile, UploadContent, open_stream};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::{OnSaveError, Session};
use crate::transfer::{Listener, OnEvent, Transfer};

/// An upload: set what differs from the defaults, then await it or [`start`](Self::start) it.
///
/// Every setter sets one thing and leaves the others as they are. A setting that does not apply to the content is an
/// error of the kind [`ErrorKind::InvalidInput`].
///
/// ```
/// use b2_client::{Bucket, Error, FileHost};
///
/// # async fn run<H: FileHost<Path: From<&'static str>>>(bucket: Bucket<H>) -> Result<(), Error> {
/// let file = bucket
///     .upload_file("movie.mp4", "movies/1.mp4")
///     .content_type("video/mp4")
///     .info_entry("title", "The first one")
///     .parallel(8)
///     .await?;
/// println!("{} bytes, {}", file.size, file.file_id);
/// # Ok(())
/// # }
/// ```
#[must_use = "an upload does nothing until it is awaited"]
pub struct UploadBuilder<H: Host> {
    session: Arc<Session<H>>,
    bucket_id: BucketId,
    file: NewFile,
    content: UploadContent<H>,
    sha1: Option<Sha1Digest>,
    /// Whether the content is a local file that was opened.
    opened: bool,
    /// The pieces, once they are open.
    pieces: Vec<OpenPiece<H>>,
    /// Recorded unless the file info has an entry for it.
    modified: Option<Timestamp>,
    options: UploadOptions,
    max_stream_part: Option<u64>,
    resume: Option<bool>,
    checkpoint: Option<Checkpoint>,
    listener: Option<Listener<UploadEvent>>,
}

impl<H: Host> UploadBuilder<H> {
    pub(crate) fn new(
        session: Arc<Session<H>>,
        bucket_id: BucketId,
        file: NewFile,
        content: UploadContent<H>,
    ) -> Self {
        let mut options = UploadOptions::default();
        options.body_style = session.host.body_style();
        options.retry = session.settings.retry;
        Self {
            session,
            bucket_id,
            file,
            content,
            sha1: None,
            opened: false,
            pieces: Vec::new(),
            modified: None,
            options,
            max_stream_part: None,
            resume: None,
            checkpoint: None,
            listener: None,
        }
    }

    /// Sets the MIME type. By default B2 chooses one by the extension of the name.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.file.content_type = content_type.into();
        self
    }

    /// Adds entries to the file info: custom metadata, and the headers of later downloads. An entry replaces an earlier
    /// one of the same name.
    pub fn info(mut self, info: FileInfo) -> Self {
        if self.file.file_info.is_empty() {
            self.file.file_info = info;
        } else {
            for (name, value) in info.iter() {
                self.file.file_info.insert(name, value);
            }
        }
        self
    }

    /// Adds one entry to the file info.
    pub fn info_entry(mut self, name: &str, value: impl Into<String>) -> Self {
        self.file.file_info.insert(name, value);
        self
    }

    /// Sets the time of the last modification of the content, which is recorded as `src_last_modified_millis` unless
    /// the file info has that entry. For a local file the default is the time of its last modification.
    pub fn src_last_modified(mut self, time: impl Into<Timestamp>) -> Self {
        self.modified = Some(time.into());
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
    pub fn custom_upload_timestamp(mut self, timestamp: impl Into<Timestamp>) -> Self {
        self.file.custom_upload_timestamp = Some(timestamp.into());
        self
    }

    /// Sets the SHA-1 of all bytes, if it is known. It is compared with the bytes that are read; a source is read once
    /// more for it. The upload fails with [`ErrorKind::ChecksumMismatch`] if it differs, and no file is created. A large
    /// file keeps it as `large_file_sha1`. Of a large file with ranges of files in B2 it is stored without being compared.
    pub fn sha1(mut self, sha1: Sha1Digest) -> Self {
        self.sha1 = Some(sha1);
        self
    }

    /// Sets whether to read a large file once more before it is sent, so that its SHA-1 is kept as `large_file_sha1`.
    /// Default: no. Not for a reader or a stream, which can be read once only: give its [`sha1`](Self::sha1).
    pub fn whole_sha1(mut self, whole_sha1: bool) -> Self {
        self.options.whole_sha1 = whole_sha1;
        self
    }

    /// Sets how many parts of a large file are sent at once. Default: 4.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// Sets the size of the parts, in bytes. Default: what the account recommends; 10 MB for a reader or a stream.
    pub fn part_size(mut self, part_size: u64) -> Self {
        self.options.part_size = Some(part_size);
        self
    }

    /// Sets the size of the largest part of a reader, a stream or a local file without a known length, in bytes: it is
    /// buffered in memory. Default: 100 MB.
    pub fn max_stream_part(mut self, bytes: u64) -> Self {
        self.max_stream_part = Some(bytes);
        self
    }

    /// Sets the size of the smallest part, in bytes. A range of a file in B2 that is smaller is downloaded and uploaded
    /// again. Default: the minimum of the account (5 MB).
    pub fn min_part_size(mut self, bytes: u64) -> Self {
        self.options.min_part_size = Some(bytes);
        self
    }

    /// Sets the size of the largest part, in bytes. Default: 5 GB.
    pub fn max_part_size(mut self, bytes: u64) -> Self {
        self.options.max_part_size = Some(bytes);
        self
    }

    /// Sets how many bytes of ranges that are downloaded and uploaded again are held in memory. Default: 100 MB. One part
    /// may need more.
    pub fn max_buffered(mut self, bytes: u64) -> Self {
        self.options.max_buffered = bytes;
        self
    }

    /// Sets whether to upload only what was appended to the current version of the file. If the content begins with the
    /// bytes of that version, those are copied within B2. The content is hashed before anything is sent, and the SHA-1 is
    /// stored as `large_file_sha1`. Default: no. Not for a reader, a stream or pieces.
    ///
    /// It saves uploaded bytes: the result is a new version of the whole file.
    pub fn incremental(mut self, incremental: bool) -> Self {
        self.options.incremental = incremental;
        self
    }

    /// Sets whether to look for an unfinished large file of the same name and properties to resume. Default: yes for a
    /// source; a reader or a stream cannot be resumed.
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = Some(resume);
        self
    }

    /// Resumes from a checkpoint of an earlier run. If its file is gone or has other content, the upload starts as
    /// [`resume`](Self::resume) says.
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Sets what to do with an unfinished large file when the upload fails. Default: keep it for resuming.
    pub fn on_failure(mut self, policy: OnCancel) -> Self {
        self.options.on_failure = policy;
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with every event of the upload. It runs where the upload is polled, so it must not block.
    pub fn on_event(mut self, listener: impl FnMut(UploadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Checks what can be known before anything is sent: B2's rules for names and file info, the settings, and what the
    /// key and the realm allow. A local file is opened.
    ///
    /// # Errors
    ///
    /// The error with which the upload would end.
    pub async fn check(&mut self) -> Result<(), Error> {
        self.open().await?;
        self.check_settings()?;
        let len = match &self.content {
            UploadContent::Source(source) => Some(source.len()),
            _ => None,
        };
        let file = self.described();
        file.check()?;
        let authorized = self.session.clone().authorized(None, OnSaveError::Warn).await?;
        Ok(file.check_allowed(&authorized.authorization, &self.bucket_id, len)?)
    }

    /// Starts the upload as a [`Transfer`], which gives events and can be paused, resumed and cancelled.
    pub fn start(mut self) -> Transfer<FileVersion, UploadEvent> {
        let listener = self.listener.take();
        Transfer::new(listener, move |commands, on_event| self.run(commands, on_event))
    }

    /// Uploads the file as part of a transfer.
    pub(crate) async fn run(
        mut self,
        commands: Commands,
        on_event: OnEvent<UploadEvent>,
    ) -> Result<FileVersion, Error> {
        self.open().await?;
        self.check_settings()?;
        let session = self.session.clone();
        let resources = Resources { commands, ..Resources::default() };
        let (upload, resources) = self.into_machine(resources);
        session.drive(upload, resources, move |event| on_event.call(event)).await
    }

    /// Returns the parts that the file will have, and what they cost. B2 is asked for the sizes of files that are not
    /// known; nothing is created.
    ///
    /// # Errors
    ///
    /// The error with which the upload would end, and [`ErrorKind::InvalidInput`] for a stream, which has no plan.
    pub async fn plan(mut self) -> Result<Plan, Error> {
        self.open().await?;
        self.check_settings()?;
        let session = self.session.clone();
        let authorized = session.clone().authorized(None, OnSaveError::Warn).await?;
        let UploadOptions { min_part_size, part_size, max_part_size, .. } = self.options;
        let limits = PartLimits::with_sizes(
            &authorized.authorization,
            min_part_size,
            part_size,
            max_part_size,
        )?;
        let mut resources = Resources::default();
        let (pieces, content) = (core::mem::take(&mut self.pieces), self.content);
        let mut intents: Vec<_> = match content {
            UploadContent::Pieces(_) => {
                pieces.into_iter().map(|piece| resources.intent(piece)).collect()
            }
            UploadContent::Source(source) => {
                let len = source.len();
                vec![WriteIntent::local(resources.add_source(source), 0..len)]
            }
            _ => {
                let message = "a stream has no plan: its parts are known when it has been read";
                return Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
            }
        };
        for intent in &mut intents {
            if let IntentSource::Remote(source) = &mut intent.source
                && source.len().is_none()
            {
                let call = GetFileInfo { file_id: source.file_id.clone() };
                source.version = Some(Box::new(session.clone().call(call).await?));
            }
        }
        Ok(Plan::new(intents, &limits)?)
    }

    /// Opens a local file, or the local files of pieces.
    async fn open(&mut self) -> Result<(), Error> {
        if let UploadContent::File(opening) = &mut self.content {
            let LocalFile { content, modified } = match opening.as_mut().await {
                Ok(file) => file,
                Err(error) => {
                    // The future has ended; a later attempt gets the same error.
                    let same = Error::from(error.data().clone());
                    self.content = UploadContent::File(Box::pin(ready(Err(same))));
                    return Err(error);
                }
            };
            self.content = content;
            self.modified = self.modified.or(modified);
            self.opened = true;
        }
        if COPIES && let UploadContent::Pieces(pieces) = &mut self.content {
            for piece in core::mem::take(pieces) {
                self.pieces.push(piece.open(&self.session.host).await?);
            }
        }
        Ok(())
    }

    /// Refuses settings that do not apply to the content.
    fn check_settings(&self) -> Result<(), Error> {
        let refuse =
            |message: &str| Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
        let in_pieces =
            matches!(self.content, UploadContent::Pieces(_) | UploadContent::PieceStream(_));
        if in_pieces && !COPIES {
            return refuse("files of pieces need the feature `copies`");
        }
        let once = !matches!(self.content, UploadContent::Source(_) | UploadContent::Pieces(_));
        if self.options.incremental && !matches!(self.content, UploadContent::Source(_)) {
            return refuse(
                "only the upload of one source or file with a known length can be incremental",
            );
        }
        if once && self.options.whole_sha1 && self.sha1.is_none() {
            return refuse(
                "the SHA-1 of a stream is not known before it is sent; give it with `sha1`, or leave out `whole_sha1`",
            );
        }
        if once && (self.checkpoint.is_some() || self.resume == Some(true)) {
            return refuse("the upload of a stream cannot be resumed");
        }
        if !once && !self.opened && self.max_stream_part.is_some() {
            return refuse("only a stream is buffered; leave out `max_stream_part`");
        }
        Ok(())
    }

    /// Returns the description of the file, with the time of its last modification.
    fn described(&self) -> NewFile {
        let mut file = self.file.clone();
        if let Some(time) = self.modified
            && file.file_info.get(FileInfo::SRC_LAST_MODIFIED_MILLIS).is_none()
        {
            file.file_info = file.file_info.with_src_last_modified(time);
        }
        file
    }

    fn into_machine(self, mut resources: Resources<H>) -> (Upload, Resources<H>) {
        let file = self.described();
        let mut options = self.options;
        options.resume = self.resume.unwrap_or(options.resume);
        options.headers_may_be_hidden = self.session.host.hides_headers();
        options.max_stream_part = self.max_stream_part.unwrap_or(options.max_stream_part);
        let content = match self.content {
            UploadContent::Source(source) => {
                let len = source.len();
                let source = resources.add_source(source);
                Content::Source { source, len, sha1: self.sha1 }
            }
            UploadContent::Reader(reader) => {
                resources.reader = Some(AnyReader::Host(reader));
                Content::Stream { sha1: self.sha1 }
            }
            UploadContent::Stream(stream) => {
                resources.reader = Some(AnyReader::Stream(stream));
                Content::Stream { sha1: self.sha1 }
            }
            UploadContent::Pieces(_) if COPIES => {
                let intents =
                    self.pieces.into_iter().map(|piece| resources.intent(piece)).collect();
                Content::Intents { intents, sha1: self.sha1 }
            }
            UploadContent::PieceStream(pieces) if COPIES => {
                resources.intents = Some(open_stream(self.session.host.clone(), pieces));
                Content::IntentStream { sha1: self.sha1 }
            }
            // It was opened or refused before. Without a reader, the machine ends with an error of the source.
            UploadContent::File(_) | UploadContent::Pieces(_) | UploadContent::PieceStream(_) => {
                Content::Stream { sha1: self.sha1 }
            }
        };
        let mut upload =
            Upload::new(self.bucket_id, file, content, options, self.session.host.seed());
        if let Some(checkpoint) = self.checkpoint {
            upload = upload.resume_from(checkpoint);
        }
        (upload, resources)
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
