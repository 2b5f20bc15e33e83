//! A local server for the upload page: a simulated B2, a gateway in the place of a web application, and the page. Each has
//! an origin of its own, so that the browser applies the same rules as in production.
//!
//! ```text
//!   page ── calls of the B2 API ──▶ gateway ── the application's key ──▶ B2
//!    └──────────────────── bytes, by the bucket's CORS rules ─────────▶ B2
//! ```
//!
//! `cargo demo` and the browser tests run it. [`gateway`] shows what an application has to implement to host a gateway.

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
use b2_native::{ClientBuilder, NativeHost};
use b2_proto::account::Credentials;
use b2_proto::gateway::{Gateway, GatewayConfig};
use b2_sim::server::{Server, ServerOptions};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use gateway::{PageGateway, Visitors};

/// The bucket of the page.
pub const BUCKET: &str = "visitors-files";

/// The prefix of the visitor's files.
pub const PREFIX: &str = "ada/";

/// The options of a [`Site`].
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// The options of the simulated B2.
    pub simulator: ServerOptions,
    /// The address of the page; port 0 takes a free one.
    pub address: SocketAddr,
    /// The folder of the page.
    pub page: PathBuf,
    /// The folder of the npm package, as `cargo xtask package` builds it.
    pub package: PathBuf,
    /// The lifetime of a visitor's grant.
    pub grant_lifetime: Duration,
    /// The size of the largest file that a visitor may upload, in bytes.
    pub max_bytes: u64,
    /// The content types of files that a visitor may upload. Default: any, since downloads are attachments.
    pub types: Vec<String>,
    /// Whether visitors may rename and delete stored files.
    pub manage: bool,
    /// The limits of the gateway's host.
    pub limits: Limits,
    /// Whether the page's content security policy permits WebAssembly, which the page needs.
    pub allow_wasm: bool,
}

impl SiteOptions {
    /// Creates options for a free port, with the page and the package in these folders.
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
            manage: true,
            limits: Limits::default(),
            allow_wasm: true,
        }
    }
}

/// A running site. Dropping it stops it.
pub struct Site {
    simulator: Server,
    gateway_url: String,
    page_url: String,
    host: Arc<PageGateway>,
    /// The runtime of the gateway and its connections; `None` while it is stopped.
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
    /// Starts the simulator, the gateway and the page, and creates the bucket.
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
        let client = ClientBuilder::new(host.clone()).credentials(credentials).authorize().await;
        let client = client.map_err(io::Error::other)?;
        let bucket = bucket::open(&client, &page_url).await.map_err(io::Error::other)?;
        let secret = random_secret(&host);
        let config = GatewayConfig::new(&gateway_url, secret.as_bytes());
        let config = config.origins([page_url.as_str()]);
        let session = random_secret(&host);
        let visitors = Visitors {
            session: session.as_str().into(),
            bucket_id: bucket,
            grant_lifetime: options.grant_lifetime,
            max_bytes: options.max_bytes,
            types: options.types,
            manage: options.manage,
        };
        let gateway_rules = Gateway::new(config).map_err(io::Error::other)?;
        let host = GatewayHost::new(client, gateway_rules, visitors).limits(options.limits);
        let allow_wasm = options.allow_wasm;
        let files = page::Files { page: options.page, package: options.package, allow_wasm };
        let pages = page::router(files, simulator.realm(), &gateway_url, &session);
        let host = Arc::new(host);
        let gateway = Some(serve(&host, gateway.into_std()?)?);
        let serving = tokio::spawn(async move {
            // Runs until the site is dropped.
            let _ = axum::serve(page, pages).await;
        });
        Ok(Self { simulator, gateway_url, page_url, host, gateway, serving })
    }

    /// Stops the gateway: closes its connections and refuses new ones.
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

    /// Returns the URL to open in a browser.
    #[must_use]
    pub fn page_url(&self) -> &str {
        &self.page_url
    }

    /// Returns the URL of the realm at which the page authorizes.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// Returns the host of the gateway.
    #[must_use]
    pub fn gateway(&self) -> &PageGateway {
        &self.host
    }

    /// Returns the simulated B2.
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

/// Serves the gateway in a separate runtime, whose shutdown closes its connections.
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

/// Returns a random secret.
fn random_secret(host: &NativeHost) -> String {
    (0..4).map(|_| format!("{:016x}", host.seed())).collect()
}
