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
mod connection;
mod disconnect;
mod disk;
mod handler;
mod journal;
mod shared;
mod upload;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{BodyPolicy, Config, Credentials};
use crate::faults::{Faults, Rates};
use crate::service::Service;
use disk::Disk;
use journal::Journal;
use shared::{Model, Shared};

pub use shared::RequestHook;

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

/// The options of a server.
#[derive(Clone, Default)]
pub struct ServerOptions {
    /// The configuration of the service. The server sets its `base_url` and `bodies`.
    pub config: Config,
    /// Where contents are stored. Files have a `contentMd5` only in memory.
    pub storage: Storage,
    /// The seed and the rates of faults. Default: none.
    pub faults: Option<(u64, Rates)>,
    /// The URL under which clients reach the server, without a trailing slash. Default: its address.
    pub public_url: Option<String>,
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
            .finish_non_exhaustive()
    }
}

/// A running server. Dropping it stops it without waiting for requests under way, unlike
/// [`shutdown`](Server::shutdown).
pub struct Server {
    address: SocketAddr,
    realm: String,
    credentials: Credentials,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    saving: Option<JoinHandle<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("realm", &self.realm)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server at this address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// If the address is not available, or the directory does not contain the state of a service.
    pub async fn bind(address: impl ToSocketAddrs, options: ServerOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let ServerOptions { mut config, storage, faults, public_url, on_request } = options;
        let realm = public_url.unwrap_or_else(|| format!("http://{address}"));
        config.base_url.clone_from(&realm);
        config.md5 &= storage == Storage::Memory;
        config.bodies = match storage {
            Storage::Discard => BodyPolicy::Discard,
            Storage::Memory | Storage::Disk(_) => BodyPolicy::Keep,
        };
        let credentials = config.credentials.clone();
        let discard = storage == Storage::Discard;
        let (disk, journal, service) = match storage {
            Storage::Disk(directory) => {
                let disk = Disk::open(&directory)?;
                let (journal, service) = Journal::open(&directory, config)?;
                (Some(disk), Some(journal), service)
            }
            Storage::Memory | Storage::Discard => (None, None, Service::new(config)),
        };
        let faults = faults.map(|(seed, rates)| Faults::new(seed, rates));
        let shared = Arc::new(Shared {
            model: Mutex::new(Model { service, journal, faults }),
            // What an upload has left that was not complete when an earlier process ended.
            unused: AtomicBool::new(true),
            disk,
            discard,
            on_request,
        });
        let (stop, stopped) = watch::channel(false);
        let accepting = connection::accept(listener, Arc::clone(&shared), stopped);
        let saving = shared.disk.is_some().then(|| tokio::spawn(save_often(Arc::clone(&shared))));
        Ok(Self {
            address,
            realm,
            credentials,
            shared,
            stop,
            accepting: tokio::spawn(accepting),
            saving,
        })
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
        &self.credentials
    }

    /// Calls a function with the service, between two requests.
    pub fn with<T>(&self, look: impl FnOnce(&mut Service) -> T) -> T {
        let mut model = self.shared.model();
        let Model { service, journal, .. } = &mut *model;
        let result = look(service);
        if let Some(journal) = journal {
            journal.note(service);
        }
        result
    }

    /// Sets the seed and the rates of faults.
    pub fn set_faults(&self, faults: Option<(u64, Rates)>) {
        self.shared.model().faults = faults.map(|(seed, rates)| Faults::new(seed, rates));
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
        self.shared.sweep();
        self.shared.save(true)
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
