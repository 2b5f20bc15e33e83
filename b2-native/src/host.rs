//! The native host and its settings.

use std::future::Future;
use std::time::Duration;

use b2_client::{Error, Host, HostError, HostRequest, HostResponse, Spill};
use b2_proto::ErrorKind;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::machine::BodyStyle;
use b2_proto::time::{Instant, Timestamp};
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body::Body;

use crate::clock::{self, Clock};
use crate::sink::NativeSink;
use crate::source::{NativeReader, NativeSource};
use crate::spill::FileSpill;
#[cfg(feature = "rustls")]
use crate::transport::tls;
use crate::transport::{NativeResponseBody, Service, Settings, Transport};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The default limit for establishing a connection, the same as in b2sdk.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(46);

/// A host with HTTP by reqwest, local files and the clock of tokio. It needs a tokio runtime. Clones share connections.
#[derive(Clone, Debug)]
pub struct NativeHost {
    clock: Clock,
    /// The transport, or the error of its setup, which every request returns.
    transport: Result<Transport, b2_proto::Error>,
}

/// Returns a host with the default settings. If TLS cannot be set up on this machine, every request fails with that
/// error; [`NativeHost::new`] returns it at once.
impl Default for NativeHost {
    fn default() -> Self {
        Self::new()
            .unwrap_or_else(|error| Self { clock: Clock::new(), transport: Err(error.into_data()) })
    }
}

impl NativeHost {
    /// Returns a host with the default settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Returns a host that uses an existing `reqwest::Client`, with its proxies, certificates and resolver.
    ///
    /// The client must not follow redirects, decompress responses or repeat requests, so that tokens are sent to no other
    /// host and responses are about the bytes that were sent. B2's upload hosts support HTTP/1.1 only.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # rustls::crypto::ring::default_provider().install_default().ok();
    /// let client = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .retry(reqwest::retry::never())
    ///     .http1_only()
    ///     .build()?;
    /// let host = b2_native::NativeHost::with_client(client);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_client(client: reqwest::Client) -> Self {
        Self { clock: Clock::new(), transport: Ok(Transport::with_client(client)) }
    }

    /// Returns a host that passes requests to a function of this process and opens no connection: for tests, with the
    /// simulator of `b2-sim`.
    ///
    /// An error of the function counts as a broken connection. It gets no headers but those of the request, and the host of
    /// its URL is that of the realm.
    ///
    /// ```
    /// use b2_native::proto::{api::CreateBucket, model::BucketType};
    /// use b2_native::{ClientBuilder, NativeHost};
    /// use b2_sim::Simulator;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let b2 = Simulator::new();
    /// let service = b2.clone();
    /// let host = NativeHost::with_service(move |request| service.respond(request));
    /// let (key_id, key) = (&*b2.credentials().key_id, b2.credentials().key.expose());
    /// let client = ClientBuilder::new(host).realm(b2.realm()).key(key_id, key).build().await?;
    ///
    /// let bucket = CreateBucket::new("my-photos", BucketType::AllPrivate);
    /// let bucket = client.create_bucket(bucket).await?;
    /// bucket.upload(b"hello".to_vec(), "hello.txt").await?;
    /// let stored = b2.with(|service| service.read_file("my-photos", "hello.txt"));
    /// assert_eq!(stored.as_deref(), Some(&b"hello"[..]));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_service<F, R, B, E>(respond: F) -> Self
    where
        F: Fn(http::Request<reqwest::Body>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<http::Response<B>, E>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + 'static,
        E: Into<BoxError>,
    {
        let service = Service::new(respond);
        Self { clock: Clock::new(), transport: Ok(Transport::with_service(service)) }
    }

    /// Returns a builder of a host with other settings.
    #[must_use]
    pub fn builder() -> NativeHostBuilder {
        NativeHostBuilder::default()
    }
}

impl Host for NativeHost {
    type Source = NativeSource;
    type Reader = NativeReader;
    type Sink = NativeSink;
    type ResponseBody = NativeResponseBody;

    fn body_style(&self) -> BodyStyle {
        BodyStyle::Streamed
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn timestamp(&self) -> Timestamp {
        clock::timestamp()
    }

    fn seed(&self) -> u64 {
        clock::random()
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        self.clock.sleep_until(deadline)
    }

    fn spill(&self) -> Box<dyn Spill> {
        Box::new(FileSpill::default())
    }

    async fn send(
        &self,
        request: HostRequest<NativeSource>,
    ) -> Result<HostResponse<NativeResponseBody>, HostError> {
        match &self.transport {
            Ok(transport) => transport.send(request).await,
            Err(error) => {
                Err(TransportError::new(TransportErrorKind::Source, error.message()).into())
            }
        }
    }
}

/// Settings of a [`NativeHost`].
#[derive(Clone, Debug)]
pub struct NativeHostBuilder {
    user_agent: Vec<String>,
    connect_timeout: Duration,
    proxy: bool,
    #[cfg(feature = "rustls")]
    tls: tls::Settings,
    test_mode: Option<String>,
}

impl Default for NativeHostBuilder {
    fn default() -> Self {
        Self {
            user_agent: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            proxy: true,
            #[cfg(feature = "rustls")]
            tls: tls::Settings::default(),
            test_mode: None,
        }
    }
}

impl NativeHostBuilder {
    /// Appends a product to the `User-Agent` of all requests, such as `my-backup/1.2`.
    #[must_use]
    pub fn user_agent_suffix(mut self, product: impl Into<String>) -> Self {
        self.user_agent.push(product.into());
        self
    }

    /// Sets how long name resolution, connecting and TLS may take together. Default: 46 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets whether to use the proxies of the environment variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, and, with the feature `system-proxy`, of the system. Default: yes.
    #[must_use]
    pub fn proxy(mut self, on: bool) -> Self {
        self.proxy = on;
        self
    }

    /// Trusts these certificates (PEM, one or more) in addition to those of the system.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots.push(pem.into());
        self
    }

    /// Trusts Mozilla's root certificates, which are compiled in, instead of those of the system, for example in
    /// containers without certificates.
    #[cfg(feature = "webpki-roots")]
    #[must_use]
    pub fn webpki_roots(mut self) -> Self {
        self.tls.webpki_roots = true;
        self
    }

    /// Requests test failures from B2 with the header `X-Bz-Test-Mode`: `fail_some_uploads`,
    /// `expire_some_account_authorization_tokens` or `force_cap_exceeded`.
    #[must_use]
    pub fn test_mode(mut self, mode: impl Into<String>) -> Self {
        self.test_mode = Some(mode.into());
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for invalid certificates, for text that cannot be sent in a header, and if TLS cannot
    /// be set up on this machine.
    pub fn build(self) -> Result<NativeHost, Error> {
        let mut headers = HeaderMap::new();
        if let Some(mode) = &self.test_mode {
            headers.insert(HeaderName::from_static("x-bz-test-mode"), header("test mode", mode)?);
        }
        let mut user_agent = concat!("b2-rs/", env!("CARGO_PKG_VERSION")).to_owned();
        user_agent += &format!(" ({}; {})", std::env::consts::OS, std::env::consts::ARCH);
        for product in &self.user_agent {
            header("user agent", product)?;
            user_agent.push(' ');
            user_agent += product;
        }
        let transport = Transport::new(Settings {
            user_agent,
            connect_timeout: self.connect_timeout,
            proxy: self.proxy,
            #[cfg(feature = "rustls")]
            tls: self.tls,
            headers,
        })?;
        Ok(NativeHost { clock: Clock::new(), transport: Ok(transport) })
    }
}

fn header(what: &str, value: &str) -> Result<HeaderValue, Error> {
    let text = format!("the {what} {value:?} cannot be sent in a header");
    HeaderValue::from_str(value)
        .map_err(|_| b2_proto::Error::new(ErrorKind::InvalidInput, text).into())
}
