//! Renaming of all files with a prefix.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::future::IntoFuture;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::create::{MovedSource, check_rename, renamed};
use b2_proto::model::{EncryptionSetting, FileVersion};
use b2_proto::retry::RetryPolicy;
use futures::stream::Stream;
use futures::{StreamExt, TryStreamExt, future, stream};

use crate::bucket::Bucket;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, BoxStream};

/// The number of files that are moved at once.
const PARALLEL: usize = 8;

/// A renaming of all files with a prefix: set what differs from the defaults, then await it for its report, or
/// [`start`](Self::start) it for the result of each file.
///
/// Each file is moved as [`Bucket::move_file`] does it. The files are listed while they are moved, so memory does not
/// depend on their number. A renaming that was interrupted is repeated with the same prefixes: what was moved already has
/// no longer the old prefix.
///
/// ```
/// use b2_client::{Bucket, Error, Host};
///
/// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
/// let report = bucket.rename_prefix("2024/", "archive/2024/").await?;
/// println!("{} files moved, {} not", report.moved, report.failed);
/// # Ok(())
/// # }
/// ```
#[must_use = "a renaming does nothing until it is awaited"]
pub struct RenameBuilder<H: Host> {
    bucket: Bucket<H>,
    from: String,
    to: String,
    moved_source: MovedSource,
    encryption: Option<EncryptionSetting>,
    source_encryption: Option<EncryptionSetting>,
    parallel: usize,
    retry: Option<RetryPolicy>,
}

/// A file of a renaming, and how its move ended.
#[derive(Debug)]
pub struct RenamedFile {
    /// The name before.
    pub from: String,
    /// The name after, unless there is none.
    pub to: Option<String>,
    /// The size in bytes.
    pub size: u64,
    /// The file after the move.
    pub result: Result<FileVersion, Error>,
}

/// What a renaming has done so far.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RenameReport {
    /// The number of files that were moved.
    pub moved: u64,
    /// The number of their bytes.
    pub bytes: u64,
    /// The number of files that were not moved. They have their old names.
    pub failed: u64,
    /// The error of the first file that was not moved, with its name.
    pub first_error: Option<(String, Error)>,
}

impl<H: Host> RenameBuilder<H> {
    /// Sets what happens to each file under its old name after its copy is verified. Default: it is deleted.
    pub fn moved_source(mut self, moved_source: MovedSource) -> Self {
        self.moved_source = moved_source;
        self
    }

    /// Sets the server-side encryption of the files after the move. By default it is that of the bucket.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.encryption = Some(encryption);
        self
    }

    /// Sets the encryption of the files. It is needed for SSE-C only.
    pub fn source_encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.source_encryption = Some(encryption);
        self
    }

    /// Sets how many files are moved at once. Default: 8.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.parallel = parallel;
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Starts the renaming as a stream of its files, in the order in which their moves end.
    ///
    /// A file that is not moved does not end the stream. An error of the stream itself, such as one of the listing, does.
    pub fn start(self) -> Renaming {
        let files = match check_rename(&self.from, &self.to) {
            Ok(()) => self.files(),
            Err(error) => Box::pin(stream::iter([Err(error.into())])),
        };
        Renaming { files, report: RenameReport::default() }
    }

    fn files(self) -> BoxStream<'static, Result<RenamedFile, Error>> {
        let listing = self.bucket.list(self.from.clone());
        let parallel = self.parallel.max(1);
        let moves = listing
            .try_filter(|version| future::ready(version.is_file()))
            .map(move |listed| self.move_listed(listed));
        Box::pin(moves.buffer_unordered(parallel))
    }

    /// Moves a file of the listing.
    fn move_listed(
        &self,
        listed: Result<FileVersion, Error>,
    ) -> BoxFuture<'static, Result<RenamedFile, Error>> {
        let version = match listed {
            Ok(version) => version,
            Err(error) => return Box::pin(future::ready(Err(error))),
        };
        let (from, size) = (version.file_name.clone(), version.size);
        let to = match renamed(&from, &self.from, &self.to) {
            Ok(to) => to,
            Err(error) => {
                let file = RenamedFile { from, to: None, size, result: Err(error.into()) };
                return Box::pin(future::ready(Ok(file)));
            }
        };
        let mut new_move =
            self.bucket.move_file(version, to.clone()).moved_source(self.moved_source);
        if let Some(encryption) = &self.encryption {
            new_move = new_move.encryption(encryption.clone());
        }
        if let Some(encryption) = &self.source_encryption {
            new_move = new_move.source_encryption(encryption.clone());
        }
        if let Some(retry) = self.retry {
            new_move = new_move.retry(retry);
        }
        Box::pin(
            async move { Ok(RenamedFile { from, to: Some(to), size, result: new_move.await }) },
        )
    }
}

impl<H: Host> Bucket<H> {
    /// Renames all files whose names start with `from`: the prefix is replaced by `to`.
    ///
    /// Only the files that the names show are moved: older versions and hidden files stay. Renaming ends with
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) before anything is sent if `to` starts with `from`.
    pub fn rename_prefix(
        &self,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> RenameBuilder<H> {
        RenameBuilder {
            bucket: self.clone(),
            from: from.into(),
            to: to.into(),
            moved_source: MovedSource::default(),
            encryption: None,
            source_encryption: None,
            parallel: PARALLEL,
            retry: None,
        }
    }
}

impl<H: Host> IntoFuture for RenameBuilder<H> {
    type Output = Result<RenameReport, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let mut renaming = self.start();
        Box::pin(async move {
            while let Some(file) = renaming.next().await {
                if let RenamedFile { from, result: Err(error), .. } = file? {
                    renaming.report.first_error.get_or_insert((from, error));
                }
            }
            Ok(renaming.report)
        })
    }
}

impl<H: Host> fmt::Debug for RenameBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenameBuilder")
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// The files of a renaming, as a stream. Dropping it stops the moves that are under way; no file is lost.
#[must_use = "nothing is moved before the stream is read"]
pub struct Renaming {
    files: BoxStream<'static, Result<RenamedFile, Error>>,
    report: RenameReport,
}

impl Renaming {
    /// Returns what has been done so far. The stream passes on the errors, so there is no first error.
    #[must_use]
    pub fn report(&self) -> &RenameReport {
        &self.report
    }
}

impl Stream for Renaming {
    type Item = Result<RenamedFile, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = core::task::ready!(self.files.poll_next_unpin(context));
        match &next {
            Some(Ok(RenamedFile { result: Ok(version), .. })) => {
                self.report.moved += 1;
                self.report.bytes += version.size;
            }
            Some(Ok(RenamedFile { result: Err(_), .. })) => self.report.failed += 1,
            Some(Err(_)) | None => {}
        }
        Poll::Ready(next)
    }
}

impl fmt::Debug for Renaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renaming").field("report", &self.report).finish_non_exhaustive()
    }
}
