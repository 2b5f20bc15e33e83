//! Downloads: set what differs from the defaults, then say where the bytes go.

mod body;
mod response;
mod window;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::{Future, IntoFuture, poll_fn};
use core::ops::Range;
use core::task::Poll;
use core::time::Duration;

use b2_proto::api::{self, ExpectedFile};
use b2_proto::download::{Download, DownloadEvent, DownloadOptions, Downloaded};
use b2_proto::machine::SinkId;
use b2_proto::model::{BucketId, DownloadVersion, EncryptionSetting};
use b2_proto::retry::RetryPolicy;

pub use body::DownloadBody;
pub use response::DownloadResponse;

use crate::driver::{Destination, HashingSink, Resources};
use crate::error::Error;
use crate::host::{Host, Sink};
use crate::local_files::{FileHost, SavedFile};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::Session;
use crate::sync::Lock;
use crate::transfer::{Listener, Transfer};
use window::Window;

/// A download: set what differs from the defaults, then say where the bytes go.
///
/// Awaiting it gives a [`DownloadResponse`] as soon as B2 has answered.
///
/// ```
/// use futures::TryStreamExt;
///
/// # async fn run<H: b2_client::Host>(bucket: b2_client::Bucket<H>) -> Result<(), b2_client::Error> {
/// let mut body = bucket.download("2026/ship.jpg").await?.into_stream();
/// while let Some(chunk) = body.try_next().await? {
///     println!("{} bytes", chunk.len());
/// }
/// let start = bucket.download("2026/ship.jpg").range(0..100).bytes(100).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a download does nothing until it is awaited or saved"]
pub struct DownloadBuilder<H: Host> {
    session: Arc<Session<H>>,
    request: api::Download,
    bucket_id: Option<BucketId>,
    options: DownloadOptions,
    block_size: Option<u64>,
    listener: Option<Listener<DownloadEvent>>,
}

/// The size of the ranges of a download that is read as a stream.
const STREAM_BLOCK: u64 = 4 << 20;

impl<H: Host> DownloadBuilder<H> {
    pub(crate) fn new(
        session: Arc<Session<H>>,
        request: api::Download,
        bucket_id: Option<BucketId>,
    ) -> Self {
        let mut options = DownloadOptions::default();
        let defaults = session.settings.downloads;
        options.retry = session.settings.retry;
        options.parallel = defaults.parallel.unwrap_or(options.parallel);
        options.verify = defaults.verify.unwrap_or(options.verify);
        let mut request = request;
        request.headers_may_be_hidden = session.host.hides_headers();
        Self { session, request, bucket_id, options, block_size: None, listener: None }
    }

    /// Downloads only these bytes: from the start of the range up to, not including, its end.
    pub fn range(mut self, range: Range<u64>) -> Self {
        self.request.range = Some(range);
        self
    }

    /// Sets the key of a file that is encrypted with SSE-C.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.request.encryption = Some(encryption);
        self
    }

    /// Sets what is known of the file, for example from a listing. A response that says otherwise is not of that file:
    /// the request is repeated, and at last fails with [`ErrorKind::WrongFile`](b2_proto::ErrorKind::WrongFile).
    ///
    /// ```
    /// # use b2_client::{DownloadBuilder, Host};
    /// # use b2_client::proto::model::FileVersion;
    /// # fn f<H: Host>(client: &b2_client::Client<H>, version: &FileVersion) -> DownloadBuilder<H> {
    /// client.download_by_id(version.file_id.clone()).expect(version)
    /// # }
    /// ```
    pub fn expect(mut self, file: impl Into<ExpectedFile>) -> Self {
        self.request.expected = file.into();
        self
    }

    /// Sets how many ranges are requested at once, where bytes are accepted in any order. Default: the
    /// client's ([`parallel_per_download`](crate::ClientBuilder::parallel_per_download)), which is 4. A body that is read
    /// as a stream is one request if the client has a limit
    /// ([`max_parallel_transfers`](crate::ClientBuilder::max_parallel_transfers)).
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// Sets the size of one range, in bytes. Default: 32 MiB, and 4 MiB for a body that is read as a stream, which holds
    /// at most as many ranges of this size in memory as are requested at once.
    pub fn block_size(mut self, block_size: u64) -> Self {
        self.block_size = Some(block_size);
        self
    }

    /// Sets whether to verify the SHA-1 of the whole file, where one is known. Default: the client's
    /// ([`verify_downloads`](crate::ClientBuilder::verify_downloads)), which is yes.
    pub fn verify(mut self, verify: bool) -> Self {
        self.options.verify = verify;
        self
    }

    /// Sets how long a download authorization is valid, where the key may share files but not read them. Default:
    /// 15 minutes.
    pub fn authorization_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.authorization_lifetime = lifetime;
        self
    }

    /// Sets how long to go on without progress, and how long to wait between attempts. Default: the client's.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with every event of the download. It runs where the download is polled, so it must not block.
    pub fn on_event(mut self, listener: impl FnMut(DownloadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Returns what B2 knows of the file, without its bytes (`HEAD`). It has no events: a listener is not called.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent), and every other error of B2 and of the
    /// network.
    pub fn head(
        &self,
    ) -> impl Future<Output = Result<DownloadVersion, Error>> + MaybeSend + use<H> {
        let mut request = self.request.clone();
        request.head = true;
        let session = self.session.clone();
        let download = machine(&session, request, self.bucket_id.clone(), self.options);
        let log = |event| {
            if let DownloadEvent::Retrying(retrying) = event {
                tracing::info!(error = %retrying.error, "retrying the head of a file");
            }
        };
        async move { session.drive(download, Resources::default(), log).await.map(|head| head.version) }
    }

    /// Starts to write the bytes to a sink, as a [`Transfer`], which gives events and can be cancelled.
    pub fn start(self, sink: H::Sink) -> Transfer<Downloaded, DownloadEvent> {
        let mut options = self.options;
        options.random_access = sink.is_random_access();
        options.read_back_late = sink.reads_back_late();
        options.block_size = self.block_size.unwrap_or(options.block_size);
        self.run(options, Arc::new(HashingSink::new(sink)))
    }

    /// Writes the bytes to a sink.
    ///
    /// # Errors
    ///
    /// Every error of B2 and of the network;
    /// [`ErrorKind::ChecksumMismatch`](b2_proto::ErrorKind::ChecksumMismatch) if the bytes are not those that
    /// were uploaded; [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) or
    /// [`ErrorKind::DestinationFull`](b2_proto::ErrorKind::DestinationFull) if the sink fails.
    pub async fn save(self, sink: H::Sink) -> Result<Downloaded, Error> {
        self.start(sink).await
    }

    /// Receives all bytes into memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MaxFileSizeExceeded`](b2_proto::ErrorKind::MaxFileSizeExceeded) if there are more than `limit`
    /// bytes. Otherwise as for [`save`](Self::save).
    pub async fn bytes(self, limit: usize) -> Result<bytes::Bytes, Error> {
        self.await?.bytes(limit).await
    }

    /// Starts the download and waits for the response of B2.
    async fn respond(self) -> Result<DownloadResponse<H>, Error> {
        let mut options = self.options;
        options.random_access = true;
        options.rewritable = false;
        // The SHA-1 is that of all bytes: those before a gap are not kept.
        options.read_back_late = true;
        options.block_size = self.block_size.unwrap_or(STREAM_BLOCK);
        if self.session.settings.transfers.is_some() {
            // A range behind the window would hold the permit that the range at its front waits for.
            options.parallel = 1;
        }
        let size = options.block_size.saturating_mul(options.parallel.max(1) as u64);
        let window = Arc::new(Window::new(size, options.verify));
        let session = self.session.clone();
        let found = Arc::new(Lock::new(None));
        let (note, mut listener) = (found.clone(), None);
        let mut builder = self;
        core::mem::swap(&mut listener, &mut builder.listener);
        let builder = builder.on_event(move |event| {
            if let DownloadEvent::Found(version) = &event {
                note.lock().get_or_insert_with(|| version.clone());
            }
            if let Some(listener) = &mut listener {
                listener(event);
            }
        });
        let running = builder.run(options, window.clone()).into_boxed();
        let mut body = DownloadBody::new(window, running);
        poll_fn(|context| {
            body.advance(context);
            if let Some(error) = body.take_error() {
                return Poll::Ready(Err(error));
            }
            let downloaded = body.downloaded().map(|downloaded| downloaded.version.clone());
            let version = found.lock().take().map(|version| *version).or(downloaded);
            version.map_or(Poll::Pending, |version| Poll::Ready(Ok(version)))
        })
        .await
        .map(|version| DownloadResponse::new(session, version, body))
    }

    fn run(
        self,
        options: DownloadOptions,
        sink: Arc<dyn Destination>,
    ) -> Transfer<Downloaded, DownloadEvent> {
        let Self { session, request, bucket_id, listener, .. } = self;
        Transfer::new(listener, move |commands, on_event| async move {
            let download = machine(&session, request, bucket_id, options);
            let sinks: Vec<Arc<dyn Destination>> = vec![sink];
            let resources = Resources { sinks, commands, ..Resources::default() };
            session.drive(download, resources, move |event| on_event.call(event)).await
        })
    }
}

fn machine<H: Host>(
    session: &Session<H>,
    request: api::Download,
    bucket_id: Option<BucketId>,
    options: DownloadOptions,
) -> Download {
    let download = Download::new(request, SinkId(0), options, session.host.seed());
    match bucket_id {
        Some(id) => download.in_bucket(id),
        None => download,
    }
}

impl<H: FileHost> DownloadBuilder<H> {
    /// Saves the file to a local path. It appears when it is complete, with the time of its last modification; until
    /// then a temporary file beside it takes the bytes. An existing file is replaced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DestinationIsDirectory`](b2_proto::ErrorKind::DestinationIsDirectory) and the other kinds of
    /// [`ErrorKind::is_destination`](b2_proto::ErrorKind::is_destination) if it cannot be written, and the errors of
    /// [`save`](Self::save). Nothing is left behind.
    pub async fn save_to(self, path: impl Into<H::Path>) -> Result<Downloaded, Error> {
        let file = self.session.host.create_file(path.into()).await?;
        let downloaded = self.save(file.sink()).await?;
        file.commit(downloaded.version.mod_time()).await?;
        Ok(downloaded)
    }
}

/// Starts the download; the response is there as soon as B2 has answered.
impl<H: Host> IntoFuture for DownloadBuilder<H> {
    type Output = Result<DownloadResponse<H>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.respond())
    }
}

impl<H: Host> fmt::Debug for DownloadBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadBuilder")
            .field("request", &self.request)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
