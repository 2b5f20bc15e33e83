//! Downloads, as users ask for them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

use b2_proto::api::{self, ExpectedFile};
use b2_proto::download::{Download, DownloadEvent, DownloadOptions, Downloaded};
use b2_proto::machine::SinkId;
use b2_proto::model::{BucketId, DownloadVersion, EncryptionSetting};
use b2_proto::retry::RetryPolicy;

use crate::driver::{Receive, Resources, SinkState};
use crate::error::Error;
use crate::host::{Host, Sink};
use crate::maybe_send::MaybeSend;
use crate::session::Session;
use crate::transfer::{Listener, Transfer};

/// A download to be: set what differs from the defaults, then say where the bytes go.
#[must_use = "a download does nothing until it is told where the bytes go"]
pub struct DownloadBuilder<H: Host> {
    session: Arc<Session<H>>,
    request: api::Download,
    bucket_id: Option<BucketId>,
    options: DownloadOptions,
    listener: Option<Listener<DownloadEvent>>,
}

impl<H: Host> DownloadBuilder<H> {
    pub(crate) fn new(
        session: Arc<Session<H>>,
        request: api::Download,
        bucket_id: Option<BucketId>,
    ) -> Self {
        let mut options = DownloadOptions::default();
        options.retry = session.retry;
        let mut request = request;
        request.headers_may_be_hidden = session.host.hides_headers();
        Self { session, request, bucket_id, options, listener: None }
    }

    /// Only these bytes: from the start of the range up to, not including, its end.
    pub fn range(mut self, range: Range<u64>) -> Self {
        self.request.range = Some(range);
        self
    }

    /// The key of a file with SSE-C.
    pub fn encryption(mut self, encryption: EncryptionSetting) -> Self {
        self.request.encryption = Some(encryption);
        self
    }

    /// What is known of the file already, for example from a listing. An answer that says otherwise is not of that
    /// file: it is asked for again, and ends with [`ErrorKind::WrongFile`](b2_proto::ErrorKind::WrongFile).
    ///
    /// ```
    /// # use b2_client::{DownloadBuilder, Host};
    /// # use b2_client::proto::model::FileVersion;
    /// # fn f<H: Host>(client: &b2_client::Client<H>, version: &FileVersion) -> DownloadBuilder<H> {
    /// client.download_file_by_id(version.file_id.clone()).expect(version)
    /// # }
    /// ```
    pub fn expect(mut self, file: impl Into<ExpectedFile>) -> Self {
        self.request.expected = file.into();
        self
    }

    /// How many ranges are fetched at once, if the sink takes bytes in any order. Default: 4.
    pub fn parallel(mut self, parallel: usize) -> Self {
        self.options.parallel = parallel;
        self
    }

    /// How many bytes one range has. Default: 32 MiB.
    pub fn block_size(mut self, block_size: u64) -> Self {
        self.options.block_size = block_size;
        self
    }

    /// Whether to verify the SHA-1 of the whole file, where one is known. Default: yes.
    pub fn verify(mut self, verify: bool) -> Self {
        self.options.verify = verify;
        self
    }

    /// How long a download authorization lives, where the account may not read with its own token. Default:
    /// 15 minutes.
    pub fn authorization_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.authorization_lifetime = lifetime;
        self
    }

    /// How long to go on without progress, and how long to wait between attempts.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Calls `listener` with everything the download says on the way.
    pub fn on_event(mut self, listener: impl FnMut(DownloadEvent) + MaybeSend + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// What B2 says about the file, without its bytes (`HEAD`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`](b2_proto::ErrorKind::FileNotPresent) and whatever else B2 answers.
    pub async fn head(&self) -> Result<DownloadVersion, Error> {
        let mut request = self.request.clone();
        request.head = true;
        let download = self.machine(request, self.options);
        let log = |event| {
            if let DownloadEvent::Retrying(retrying) = event {
                tracing::info!(error = %retrying.error, "retrying the head of a file");
            }
        };
        self.session.drive(download, Resources::default(), log).await.map(|head| head.version)
    }

    fn machine(&self, request: api::Download, options: DownloadOptions) -> Download {
        let download = Download::new(request, SinkId(0), options, self.session.host.seed());
        match &self.bucket_id {
            Some(id) => download.in_bucket(id.clone()),
            None => download,
        }
    }

    /// Brings the bytes to a sink, as a [`Transfer`] whose events can be read as a stream and which can be
    /// cancelled.
    pub fn start(self, sink: H::Sink) -> Transfer<Downloaded, DownloadEvent> {
        let mut options = self.options;
        options.random_access = sink.is_random_access();
        options.read_back_late = sink.reads_back_late();
        let download = self.machine(self.request.clone(), options);
        let sinks: Vec<Arc<dyn Receive<_>>> = vec![Arc::new(SinkState::new(sink))];
        let resources = Resources { sinks, ..Resources::default() };
        Transfer::new(download, &self.session, resources, self.listener)
    }

    /// Brings the bytes to a sink.
    ///
    /// # Errors
    ///
    /// What B2 answers;
    /// [`ErrorKind::ChecksumMismatch`](b2_proto::ErrorKind::ChecksumMismatch) if the bytes are not those that
    /// were uploaded; [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) if the sink fails.
    pub async fn save(self, sink: H::Sink) -> Result<Downloaded, Error> {
        self.start(sink).await
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
