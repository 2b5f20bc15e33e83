//! A simulator in this process.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http_body::Body;

use super::clock::Clock;
use super::disk::Disk;
use super::handler;
use super::journal::Journal;
use super::shared::{Model, NextFault, Shared};
use super::{ResponseBody, Server, ServerOptions, Storage};
use crate::config::{BodyPolicy, Credentials};
use crate::faults::{Fault, Faults, Rates};
use crate::log::LogEntry;
use crate::service::Service;

/// A simulated B2 in this process: a [`Service`] with a clock, faults, and storage for contents. Clones share it.
///
/// A test passes its requests to [`respond`](Self::respond), without a socket, or [serves](Self::serve) it on a free port.
/// `NativeHost::with_service` of `b2-native` makes a client that needs no socket.
///
/// ```
/// use std::time::Duration;
/// use b2_sim::Simulator;
/// use b2_sim::faults::{Fault, RetryAfter};
///
/// # async fn run() -> std::io::Result<()> {
/// let b2 = Simulator::new();
/// b2.fail_next("b2_authorize_account", Fault::Unavailable(RetryAfter::Seconds(2)), 1);
/// for status in [503, 200] {
///     let request = http::Request::get("/b2api/v4/b2_authorize_account")
///         .header("authorization", b2.credentials().basic())
///         .body(http_body_util::Empty::new())
///         .map_err(std::io::Error::other)?;
///     assert_eq!(b2.respond(request).await?.status(), status);
/// }
/// // Tokens expire, and lifecycle rules act, as time passes.
/// b2.advance(Duration::from_secs(24 * 3_600));
/// assert_eq!(b2.requests().len(), 2);
///
/// let server = b2.serve().await?;
/// println!("{} {}", server.realm(), server.credentials().key_id);
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
/// ```
#[derive(Clone)]
pub struct Simulator {
    pub(super) shared: Arc<Shared>,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("realm", &self.realm()).finish_non_exhaustive()
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// Creates a simulator with one account and without buckets, which stores contents in memory.
    #[must_use]
    pub fn new() -> Self {
        let options = ServerOptions::default();
        let service = Service::new(options.config.clone());
        Self::of(options, service, None)
    }

    /// Creates a simulator with these options.
    ///
    /// # Errors
    ///
    /// If the directory does not contain the state of a service.
    pub fn with_options(mut options: ServerOptions) -> io::Result<Self> {
        let config = &mut options.config;
        if let Some(url) = &options.public_url {
            config.base_url.clone_from(url);
        }
        config.md5 &= options.storage == Storage::Memory;
        config.bodies = match options.storage {
            Storage::Discard => BodyPolicy::Discard,
            Storage::Memory | Storage::Disk(_) => BodyPolicy::Keep,
        };
        let config = config.clone();
        let (disk, service) = match &options.storage {
            Storage::Disk(directory) => {
                let disk = Disk::open(directory)?;
                let (journal, service) = Journal::open(directory, config)?;
                (Some((disk, journal)), service)
            }
            Storage::Memory | Storage::Discard => (None, Service::new(config)),
        };
        Ok(Self::of(options, service, disk))
    }

    fn of(options: ServerOptions, service: Service, disk: Option<(Disk, Journal)>) -> Self {
        let (disk, journal) = disk.unzip();
        let model = Model { service, journal, faults: None, next_faults: Vec::new() };
        let simulator = Self {
            shared: Arc::new(Shared {
                model: Mutex::new(model),
                clock: Clock::default(),
                credentials: options.config.credentials.clone(),
                // What an upload has left that was not complete when an earlier process ended.
                unused: AtomicBool::new(true),
                disk,
                options,
            }),
        };
        simulator.shared.start();
        simulator
    }

    /// Responds to a request. Requires a tokio runtime.
    ///
    /// The host of the request's URL is ignored.
    ///
    /// # Errors
    ///
    /// If a [`Fault`] closes the connection before the response. One that closes it later is an error of the response's body.
    pub fn respond<B>(
        &self,
        request: http::Request<B>,
    ) -> impl Future<Output = io::Result<http::Response<ResponseBody>>> + Send + use<B>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let shared = Arc::clone(&self.shared);
        async move { Ok(handler::answer(shared, request).await?) }
    }

    /// Serves the simulator over HTTP on a free port of this machine. Its [realm](Self::realm) becomes that of the server.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub async fn serve(&self) -> io::Result<Server> {
        Server::of(self.clone(), ("127.0.0.1", 0)).await
    }

    /// Returns the URL of the realm, without a trailing slash.
    #[must_use]
    pub fn realm(&self) -> String {
        self.shared.model().service.config().base_url.clone()
    }

    /// Returns the master key of the first account.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.shared.credentials
    }

    /// Calls a function with the service, between two requests.
    pub fn with<T>(&self, look: impl FnOnce(&mut Service) -> T) -> T {
        self.shared.with(look)
    }

    /// Returns the requests so far, oldest first; see [`Config::log_limit`](crate::Config::log_limit).
    #[must_use]
    pub fn requests(&self) -> Vec<LogEntry> {
        self.shared.model().service.log().cloned().collect()
    }

    /// Sets the seed and the rates of faults.
    pub fn set_faults(&self, faults: Option<(u64, Rates)>) {
        self.shared.model().faults = faults.map(|(seed, rates)| Faults::new(seed, rates));
    }

    /// Gives the next requests of an operation, such as `b2_upload_file` or `b2_download_file_by_name`, this fault. They
    /// have no other. An operation of `*` is any.
    pub fn fail_next(&self, operation: &str, fault: Fault, times: u32) {
        let next = NextFault { operation: operation.to_owned(), fault, times };
        self.shared.model().next_faults.push(next);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        let mut model = self.shared.model();
        model.faults = None;
        model.next_faults.clear();
    }

    /// Returns the time of the service.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Sets the time of the service, from which its clock continues, and applies the lifecycle rules of the days that have
    /// passed. Tokens expire as time passes. The `Date` of responses remains that of the system, since clients compare it
    /// with their clock.
    pub fn set_time(&self, now: Timestamp) {
        self.shared.clock.set(now);
        self.with(|service| service.tick(now));
    }

    /// Advances the clock of the service; see [`set_time`](Self::set_time).
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.set_time(Timestamp::from_millis(self.now().as_millis().saturating_add(by)));
    }

    /// Returns to the state at the start: one account without buckets, and the faults and the time of the options. Tokens
    /// and upload URLs become invalid.
    pub fn reset(&self) {
        let mut config = self.shared.options.config.clone();
        self.with(|service| {
            config.base_url.clone_from(&service.config().base_url);
            service.reset(config);
        });
        self.shared.unused.store(true, Ordering::SeqCst);
        self.shared.start();
    }
}
