//! Moves of files: set what differs from the defaults, then await.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::create::{
    Checkpoint, CopySource, MoveFile, MovedSource, NewFile, NewMove, UploadEvent, UploadOptions,
};
use b2_proto::model::{BucketId, EncryptionSetting, FileRetention, FileVersion, LegalHold};
use b2_proto::retry::RetryPolicy;

use crate::bucket::Bucket;
use crate::driver::Resources;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::Session;
use crate::transfer::{Listener, Transfer};

/// A move of a file within the account: set what differs from the defaults, then await it or [`start`](Self::start) it.
///
/// The file is copied within B2, size and SHA-1 of the copy are compared with the source, and then the source is deleted
/// or hidden. A move that was interrupted is repeated: a copy that was made already is not made again.
///
/// ```
/// use b2_client::{Bucket, Error, Host};
/// use futures::TryStreamExt;
///
/// # async fn run<H: Host>(photos: Bucket<H>, archive: Bucket<H>) -> Result<(), Error> {
/// let mut files = photos.list("2024/");
/// while let Some(file) = files.try_next().await? {
///     let name = format!("photos/{}", file.file_name);
///     archive.move_file(file, name).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a move does nothing until it is awaited"]
pub struct MoveBuilder<H: Host> {
    session: Arc<Session<H>>,
    bucket_id: BucketId,
    new_move: NewMove,
    options: UploadOptions,
    checkpoint: Option<Checkpoint>,
    listener: Option<Listener<UploadEvent>>,
}

impl<H: Host> MoveBuilder<H> {
    /// Sets what happens to the source after the copy is verified. Default: it is deleted.
    pub fn moved_source(mut self, moved_source: MovedSource) -> Self {
        self.new_move.moved_source = moved_source;
        self
    }

    /// Sets the server-side encryption of the file after the move. By default it is that of its bucket, whatever the
    /// source has.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.new_move.file.encryption = Some(encryption);
        self
    }

    /// Sets the encryption of the source. It is needed for SSE-C only.
    pub fn source_encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.new_move.source.encryption = Some(encryption);
        self
    }

    /// Sets the file retention after the move. By default it is that of its bucket.
    pub fn file_retention(mut self, retention: FileRetention) -> Self {
        self.new_move.file.retention = Some(retention);
        self
    }

    /// Sets the legal hold after the move.
    pub fn legal_hold(mut self, legal_hold: LegalHold) -> Self {
        self.new_move.file.legal_hold = Some(legal_hold);
        self
    }

    /// Sets the size of the largest part, in bytes: more is copied as a large file. Default: 5 GB.
    pub fn max_part_size(mut self, bytes: u64) -> Self {
        self.options.max_part_size = Some(bytes);
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

    /// Resumes the copy from a checkpoint of an earlier run.
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with every event of the copy. It runs where the move is polled, so it must not block.
    pub fn on_event(mut self, listener: impl FnMut(UploadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Starts the move as a [`Transfer`], which gives events and can be paused, resumed and cancelled.
    pub fn start(mut self) -> Transfer<FileVersion, UploadEvent> {
        let listener = self.listener.take();
        Transfer::new(listener, move |commands, on_event| async move {
            let session = self.session.clone();
            let resources = Resources { commands, ..Resources::default() };
            let seed = session.host.seed();
            let mut machine = MoveFile::new(self.bucket_id, self.new_move, self.options, seed);
            if let Some(checkpoint) = self.checkpoint {
                machine = machine.resume_from(checkpoint);
            }
            session.drive(machine, resources, move |event| on_event.call(event)).await
        })
    }
}

impl<H: Host> Bucket<H> {
    /// Moves a file from any bucket of the account into this bucket, under this name.
    ///
    /// The source is a file version, by its id or as a [`FileVersion`]. Other versions of its name stay where they are: if
    /// the version is deleted, an older one shows again.
    pub fn move_file(
        &self,
        source: impl Into<CopySource>,
        name: impl Into<String>,
    ) -> MoveBuilder<H> {
        let session = self.client().session.clone();
        let mut options = UploadOptions::default();
        options.retry = session.settings.retry;
        MoveBuilder {
            session,
            bucket_id: self.id().clone(),
            new_move: NewMove::new(source.into(), NewFile::new(name)),
            options,
            checkpoint: None,
            listener: None,
        }
    }
}

impl<H: Host> IntoFuture for MoveBuilder<H> {
    type Output = Result<FileVersion, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.start().into_boxed()
    }
}

impl<H: Host> fmt::Debug for MoveBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoveBuilder")
            .field("new_move", &self.new_move)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
