//! An HTTP server for the simulator, for other clients and for tests with real connections.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use b2_sim::server::{Server, ServerOptions};
//!
//! let server = Server::bind("127.0.0.1:0", ServerOptions::default()).await?;
//! println!("{} {}", server.realm(), server.credentials().key_id);
//! server.shutdown().await?;
//! # Ok(())
//! # }
//! ```

mod body;
mod clock;
mod connection;
mod control;
mod disconnect;
mod disk;
mod handler;
mod journal;
mod request_body;
mod shared;
mod simulator;
mod upload;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use b2_proto::time::Timestamp;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Credentials};
use crate::faults::Rates;
use crate::service::Service;
use shared::Shared;

pub use body::ResponseBody;
pub use shared::RequestHook;
pub use simulator::Simulator;

/// The interval in which unused contents are deleted, and the state is saved if its journal is long.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Where a server stores the contents of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// In memory.
    #[default]
    Memory,
    /// In this directory, which is created if needed, with the state of the service except tokens. What was answered is
    /// there after the process has ended at any moment, and a request without an answer is there as a whole or not at all.
    Disk(PathBuf),
    /// Not at all: uploads are hashed and discarded, and downloads send [`content::pattern`](crate::content::pattern).
    /// For benchmarks.
    Discard,
}

/// The options of a simulator and its server.
#[derive(Clone, Default)]
pub struct ServerOptions {
    /// The configuration of the service. `bodies` follows from `storage`, and a server sets the `base_url`.
    pub config: Config,
    /// Where contents are stored. Files have a `contentMd5` only in memory.
    pub storage: Storage,
    /// The seed and the rates of faults. Default: none.
    pub faults: Option<(u64, Rates)>,
    /// The URL under which clients reach the server, without a trailing slash. Default: its address.
    pub public_url: Option<String>,
    /// The time of the service at the start, from which its clock continues. Default: that of the system.
    pub now: Option<Timestamp>,
    /// Whether the server has a control endpoint for tests at `/sim`, which has no authorization. It answers programs of this
    /// machine only, and no pages. [`TESTING.md`](https://github.com/b2-rs/b2/blob/main/b2-sim/TESTING.md) describes it.
    pub control: bool,
    /// Called for each request.
    pub on_request: Option<RequestHook>,
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("config", &self.config)
            .field("storage", &self.storage)
            .field("faults", &self.faults)
            .field("public_url", &self.public_url)
            .field("now", &self.now)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

/// A running server. Dropping it stops it without waiting for requests under way, unlike
/// [`shutdown`](Server::shutdown).
pub struct Server {
    address: SocketAddr,
    realm: String,
    simulator: Simulator,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    saving: Option<JoinHandle<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server at this address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// If the address is not available, or the directory does not contain the state of a service.
    pub async fn bind(address: impl ToSocketAddrs, options: ServerOptions) -> io::Result<Self> {
        Self::of(Simulator::with_options(options)?, address).await
    }

    async fn of(simulator: Simulator, address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = &simulator.shared;
        let public_url = shared.options.public_url.clone();
        let realm = public_url.unwrap_or_else(|| format!("http://{address}"));
        simulator.with(|service| service.set_base_url(&realm));
        let (stop, stopped) = watch::channel(false);
        let accepting = connection::accept(listener, simulator.clone(), stopped);
        let saving = shared.disk.is_some().then(|| tokio::spawn(save_often(Arc::clone(shared))));
        Ok(Self { address, realm, stop, accepting: tokio::spawn(accepting), saving, simulator })
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the realm, without a trailing slash.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Returns the master key.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.simulator.credentials()
    }

    /// Returns the simulator that it serves.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Calls a function with the service, between two requests.
    pub fn with<T>(&self, look: impl FnOnce(&mut Service) -> T) -> T {
        self.simulator.with(look)
    }

    /// Sets the seed and the rates of faults.
    pub fn set_faults(&self, faults: Option<(u64, Rates)>) {
        self.simulator.set_faults(faults);
    }

    /// Waits for the requests under way, stops the server and saves the state on disk.
    ///
    /// # Errors
    ///
    /// If the state cannot be saved.
    pub async fn shutdown(mut self) -> io::Result<()> {
        let _ = self.stop.send(true);
        let _ = (&mut self.accepting).await;
        if let Some(saving) = &self.saving {
            saving.abort();
        }
        self.simulator.shared.sweep();
        self.simulator.shared.save(true)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Some(saving) = &self.saving {
            saving.abort();
        }
    }
}

async fn save_often(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(SAVE_EVERY).await;
        let shared = Arc::clone(&shared);
        // A failed save is repeated after the interval, and reported at shutdown.
        let _ = tokio::task::spawn_blocking(move || {
            shared.sweep();
            shared.save(false)
        })
        .await;
    }
}
