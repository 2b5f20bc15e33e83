//! Everything that the upload page needs, on this machine: a simulated B2, a gateway that stands for the web
//! application, and the page, each with an origin of its own, so that what browsers forbid is forbidden here.
//!
//! ```text
//!   page ── asks for permission ──▶ gateway ── the application's key ──▶ B2
//!    └──────────────────── bytes, by the bucket's CORS rules ─────────▶ B2
//! ```
//!
//! `cargo demo` runs it, and so do the tests in a browser. [`gateway`] is also what an
//! application in Rust has to write to host one.

mod bucket;
pub mod gateway;
mod page;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use b2_client::Host as _;
use b2_native::gateway::{GatewayHost, Limits};
use b2_native::{Client, NativeHost};
use b2_proto::account::Credentials;
use b2_proto::gateway::{Gateway, GatewayConfig};
use b2_sim::server::{Server, ServerOptions};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use gateway::{PageGateway, Visitors};

/// The bucket of the page.
pub const BUCKET: &str = "visitors-files";

/// Where the visitor's files are in it.
pub const PREFIX: &str = "ada/";

/// How a [`Site`] runs.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// The simulated B2.
    pub simulator: ServerOptions,
    /// Where the page is served; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder of the page.
    pub page: PathBuf,
    /// The folder of the npm package, as `cargo xtask package` builds it.
    pub package: PathBuf,
    /// For how long a visitor may do things before the application is asked again.
    pub grant_lifetime: Duration,
    /// The largest file that a visitor may upload, in bytes.
    pub max_bytes: u64,
    /// The content types of files that a visitor may upload. Any will do by default, since no browser shows what it
    /// downloads.
    pub types: Vec<String>,
    /// How much the gateway gives to those who connect to it.
    pub limits: Limits,
    /// Whether the page's policy lets it run WebAssembly, which it cannot do without.
    pub allow_wasm: bool,
}

impl SiteOptions {
    /// A site at a free port, of the page and the package in these folders.
    #[must_use]
    pub fn new(page: impl Into<PathBuf>, package: impl Into<PathBuf>) -> Self {
        Self {
            simulator: ServerOptions::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            page: page.into(),
            package: package.into(),
            grant_lifetime: Duration::from_secs(3_600),
            max_bytes: 10_000_000_000_000,
            types: ["*/*", "b2/x-auto"].map(str::to_owned).into(),
            limits: Limits::default(),
            allow_wasm: true,
        }
    }
}

/// A running site. Dropping it ends it.
pub struct Site {
    simulator: Server,
    gateway_url: String,
    page_url: String,
    host: Arc<PageGateway>,
    /// Serves the gateway, with all its connections; none while it is stopped.
    gateway: Option<Runtime>,
    serving: JoinHandle<()>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("simulator", &self.simulator)
            .field("gateway_url", &self.gateway_url)
            .field("page_url", &self.page_url)
            .finish_non_exhaustive()
    }
}

impl Site {
    /// Starts all three, with a bucket that the page may use.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on, or the simulator refuses the bucket.
    pub async fn start(options: SiteOptions) -> io::Result<Self> {
        let simulator = Server::bind(("127.0.0.1", 0), options.simulator).await?;
        let page = TcpListener::bind(options.address).await?;
        let gateway = TcpListener::bind((options.address.ip(), 0)).await?;
        let page_url = url_of(&page)?;
        let gateway_url = url_of(&gateway)?;

        let host = NativeHost::new().map_err(io::Error::other)?;
        let credentials = Credentials {
            realm: simulator.realm().to_owned(),
            application_key_id: simulator.credentials().key_id.clone().into(),
            application_key: simulator.credentials().key.clone(),
        };
        let client = Client::builder(host.clone()).authorize(credentials).await;
        let client = client.map_err(io::Error::other)?;
        let bucket = bucket::open(&client, &page_url).await.map_err(io::Error::other)?;
        let secret = session(&host);
        let config = GatewayConfig::new(&gateway_url, secret.as_bytes());
        let config = config.origins([page_url.as_str()]);
        let session = session(&host);
        let visitors = Visitors {
            session: session.as_str().into(),
            bucket_id: bucket,
            grant_lifetime: options.grant_lifetime,
            max_bytes: options.max_bytes,
            types: options.types,
        };
        let gateway_rules = Gateway::new(config).map_err(io::Error::other)?;
        let host = GatewayHost::new(client, gateway_rules, visitors).limits(options.limits);
        let allow_wasm = options.allow_wasm;
        let files = page::Files { page: options.page, package: options.package, allow_wasm };
        let pages = page::router(files, simulator.realm(), &gateway_url, &session);
        let host = Arc::new(host);
        let gateway = Some(serve(&host, gateway.into_std()?)?);
        let serving = tokio::spawn(async move {
            // It ends with the site.
            let _ = axum::serve(page, pages).await;
        });
        Ok(Self { simulator, gateway_url, page_url, host, gateway, serving })
    }

    /// Stops the gateway, as a restart does: connections are cut, and new ones are refused.
    pub fn stop_gateway(&mut self) {
        if let Some(runtime) = self.gateway.take() {
            runtime.shutdown_background();
        }
    }

    /// Starts the gateway again, at the same address.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start_gateway(&mut self) -> io::Result<()> {
        self.stop_gateway();
        let address = self.gateway_url.trim_start_matches("http://");
        let listener = TcpListener::bind(address).await?.into_std()?;
        self.gateway = Some(serve(&self.host, listener)?);
        Ok(())
    }

    /// The URL to open in a browser.
    #[must_use]
    pub fn page_url(&self) -> &str {
        &self.page_url
    }

    /// The URL of the realm that the page authorizes at.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// The gateway's host.
    #[must_use]
    pub fn gateway(&self) -> &PageGateway {
        &self.host
    }

    /// The B2 behind it.
    #[must_use]
    pub fn simulator(&self) -> &Server {
        &self.simulator
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop_gateway();
        self.serving.abort();
    }
}

fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Serves the gateway in a runtime of its own, so that its connections end with it.
fn serve(host: &Arc<PageGateway>, listener: std::net::TcpListener) -> io::Result<Runtime> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let host = Arc::clone(host);
    runtime.spawn(async move {
        if let Ok(listener) = TcpListener::from_std(listener) {
            host.serve(listener).await;
        }
    });
    Ok(runtime)
}

/// What nobody can guess.
fn session(host: &NativeHost) -> String {
    (0..4).map(|_| format!("{:016x}", host.seed())).collect()
}
