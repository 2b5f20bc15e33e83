//! Copies within B2: set what differs from the defaults, then await.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::IntoFuture;
use core::ops::Range;

use b2_proto::ErrorKind;
use b2_proto::create::{
    Checkpoint, Copy, CopySource, NewCopy, NewFile, UploadEvent, UploadOptions,
};
use b2_proto::machine::OnCancel;
use b2_proto::model::{
    BucketId, EncryptionSetting, FileInfo, FileRetention, FileVersion, LegalHold, MetadataDirective,
};
use b2_proto::retry::RetryPolicy;

use crate::bucket::Bucket;
use crate::driver::{Commands, Resources};
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::Session;
use crate::transfer::{Listener, OnEvent, Transfer};

/// A copy within B2: set what differs from the defaults, then await it or [`start`](Self::start) it.
///
/// Up to 5 GB are copied by one `b2_copy_file`; more becomes a large file whose parts are copied side by side. The content
/// type and the file info are those of the source, unless both are set.
///
/// ```
/// use b2_client::{Bucket, Error, Host};
/// use futures::TryStreamExt;
///
/// # async fn run<H: Host>(photos: Bucket<H>, backup: Bucket<H>) -> Result<(), Error> {
/// let mut files = photos.list("2024/");
/// while let Some(file) = files.try_next().await? {
///     let name = format!("photos/{}", file.file_name);
///     backup.copy(file, name).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # use b2_client::{Bucket, Error, Host};
/// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
/// // By id, without knowing more of the source.
/// let copy = bucket.copy("4_z1", "first-kilobyte").range(0..1_000).await?;
/// println!("{} bytes, {}", copy.size, copy.file_id);
/// # Ok(())
/// # }
/// ```
#[must_use = "a copy does nothing until it is awaited"]
pub struct CopyBuilder<H: Host> {
    session: Arc<Session<H>>,
    bucket_id: BucketId,
    copy: NewCopy,
    content_type: Option<String>,
    info: Option<FileInfo>,
    options: UploadOptions,
    checkpoint: Option<Checkpoint>,
    listener: Option<Listener<UploadEvent>>,
}

impl<H: Host> CopyBuilder<H> {
    /// Copies only this range of the source, in bytes.
    pub fn range(mut self, range: Range<u64>) -> Self {
        self.copy.source.offset = range.start;
        self.copy.source.length = Some(range.end.saturating_sub(range.start));
        self
    }

    /// Sets the MIME type of the copy. The [file info](Self::info) has to be set as well.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets the file info of the copy. The [content type](Self::content_type) has to be set as well.
    pub fn info(mut self, info: FileInfo) -> Self {
        self.info = Some(info);
        self
    }

    /// Sets the server-side encryption of the copy. By default it is that of its bucket, whatever the source has.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.copy.file.encryption = Some(encryption);
        self
    }

    /// Sets the encryption of the source. It is needed for SSE-C only.
    pub fn source_encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.copy.source.encryption = Some(encryption);
        self
    }

    /// Sets the file retention of the copy. By default it is that of its bucket.
    pub fn file_retention(mut self, retention: FileRetention) -> Self {
        self.copy.file.retention = Some(retention);
        self
    }

    /// Sets the legal hold of the copy.
    pub fn legal_hold(mut self, legal_hold: LegalHold) -> Self {
        self.copy.file.legal_hold = Some(legal_hold);
        self
    }

    /// Sets the size of the largest part, in bytes: more is copied as a large file. Default: 5 GB.
    pub fn max_part_size(mut self, bytes: u64) -> Self {
        self.options.max_part_size = Some(bytes);
        self
    }

    /// Sets the size of the smallest part, in bytes. Default: that of the account.
    pub fn min_part_size(mut self, bytes: u64) -> Self {
        self.options.min_part_size = Some(bytes);
        self
    }

    /// Sets how many parts of a large file are copied at once. Default: 4.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// Sets whether to look for an unfinished large file of the same copy to resume. Default: yes.
    pub fn resume(mut self, resume: bool) -> Self {
        self.options.resume = resume;
        self
    }

    /// Resumes from a checkpoint of an earlier run.
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Sets what to do with an unfinished large file when the copy fails. Default: keep it for resuming.
    pub fn on_failure(mut self, policy: OnCancel) -> Self {
        self.options.on_failure = policy;
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with every event of the copy. It runs where the copy is polled, so it must not block.
    pub fn on_event(mut self, listener: impl FnMut(UploadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Starts the copy as a [`Transfer`], which gives events and can be paused, resumed and cancelled.
    pub fn start(mut self) -> Transfer<FileVersion, UploadEvent> {
        let listener = self.listener.take();
        Transfer::new(listener, move |commands, on_event| self.run(commands, on_event))
    }

    /// Copies the file as part of a transfer.
    pub(crate) async fn run(
        self,
        commands: Commands,
        on_event: OnEvent<UploadEvent>,
    ) -> Result<FileVersion, Error> {
        let session = self.session.clone();
        let resources = Resources { commands, ..Resources::default() };
        let copy = self.into_machine()?;
        session.drive(copy, resources, move |event| on_event.call(event)).await
    }

    fn into_machine(mut self) -> Result<Copy, Error> {
        match (self.content_type, self.info) {
            (None, None) => {}
            (Some(content_type), Some(info)) => {
                self.copy.metadata_directive = MetadataDirective::Replace;
                self.copy.file.content_type = content_type;
                self.copy.file.file_info = info;
            }
            (content_type, _) => {
                let missing = if content_type.is_none() { "content type" } else { "file info" };
                let message = alloc::format!(
                    "a copy takes both the content type and the file info, or both from its source; the {missing} is missing"
                );
                return Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
            }
        }
        let seed = self.session.host.seed();
        let mut copy = Copy::new(self.bucket_id, self.copy, self.options, seed);
        if let Some(checkpoint) = self.checkpoint {
            copy = copy.resume_from(checkpoint);
        }
        Ok(copy)
    }
}

impl<H: Host> Bucket<H> {
    /// Copies a file, or a range of one, from any bucket of the account into this bucket.
    ///
    /// The source is a file version, by its id or as a [`FileVersion`], which saves calls that ask for its size.
    pub fn copy(&self, source: impl Into<CopySource>, name: impl Into<String>) -> CopyBuilder<H> {
        let session = self.client().session.clone();
        let mut options = UploadOptions::default();
        options.retry = session.settings.retry;
        CopyBuilder {
            session,
            bucket_id: self.id().clone(),
            copy: NewCopy::new(source.into(), NewFile::new(name)),
            content_type: None,
            info: None,
            options,
            checkpoint: None,
            listener: None,
        }
    }
}

impl<H: Host> IntoFuture for CopyBuilder<H> {
    type Output = Result<FileVersion, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.start().into_boxed()
    }
}

impl<H: Host> fmt::Debug for CopyBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyBuilder")
            .field("copy", &self.copy)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
