//! The configuration of a gateway.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::cors;
use super::signer::{MIN_SECRET, Signer};
use crate::account::{realm_url, without_slash};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::retry::RetryPolicy;

/// How files are uploaded that are too small to be large files.
///
/// An ordinary upload URL of B2 is valid for any name in the bucket, any content type and any size, for a day, so it
/// is never given to a visitor. The table in the [module's documentation](super) compares the choices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmallFiles {
    /// Through the gateway, which holds each file in memory, checks it and uploads it. `b2_get_upload_url` returns a
    /// URL of the gateway; clients need no change.
    Relay {
        /// The size of the largest file, in bytes.
        limit: u64,
    },
    /// Straight to B2: the gateway creates an application key that may only upload to the bucket and prefix, and
    /// returns an upload URL of that key. The application's own key needs
    /// [`writeKeys`](crate::model::Capability::WRITE_KEYS), which in effect permits everything.
    ///
    /// Each `b2_get_upload_url` makes three calls to B2.
    IssueKey {
        /// The realm of the account: `production`, or a URL.
        realm: String,
        /// The lifetime of a key. It ends with the grant at the latest.
        lifetime: Duration,
    },
    /// Not at all.
    Refuse,
}

/// The configuration of a [`Gateway`](super::Gateway).
///
/// ```
/// use b2_proto::gateway::{Gateway, GatewayConfig};
///
/// # let secret = [7; 32];
/// let gateway = Gateway::new(GatewayConfig::new("https://app.example/b2", &secret))?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// `None`: the URL under which each request arrives.
    pub(super) base_url: Option<String>,
    /// Whether headers of proxies are part of that URL.
    pub(super) trusts_forwarded: bool,
    pub(super) origins: Vec<String>,
    pub(super) signer: Signer,
    pub(super) small_files: SmallFiles,
    pub(super) part_size: u64,
    pub(super) file_id_lifetime: Duration,
    pub(super) retry: RetryPolicy,
}

impl GatewayConfig {
    /// Configures a gateway that browsers reach under `base_url`. `secret` has at least 32 random bytes, the same in
    /// every instance of the gateway. It must be kept secret, since it is enough to forge grants.
    #[must_use]
    pub fn new(base_url: impl AsRef<str>, secret: &[u8]) -> Self {
        Self { base_url: Some(without_slash(base_url.as_ref())), ..Self::at_any_url(secret) }
    }

    /// Configures a gateway that takes its URL from each request. Its host must know the whole URL as the browser sent
    /// it, which is not the case behind a proxy that changes it.
    #[must_use]
    pub fn at_any_url(secret: &[u8]) -> Self {
        Self {
            base_url: None,
            trusts_forwarded: false,
            origins: Vec::new(),
            signer: Signer::new(secret),
            small_files: SmallFiles::Relay { limit: 10_000_000 },
            part_size: 5_000_000,
            file_id_lifetime: Duration::from_secs(7 * 86_400),
            retry: RetryPolicy::default()
                .budget(Duration::from_secs(20))
                .cap(Duration::from_secs(4)),
        }
    }

    /// Takes the gateway's URL from the headers `X-Forwarded-Host`, `X-Forwarded-Proto` and `X-Forwarded-Prefix`, or
    /// `Forwarded`, where requests have them. It has no effect if the URL is configured. Default: no.
    ///
    /// They are headers of the client unless a proxy in front of the gateway sets them, and each request passes through
    /// that proxy.
    #[must_use]
    pub fn trust_forwarded(mut self) -> Self {
        self.trusts_forwarded = true;
        self
    }

    /// Adds another secret: texts that were signed with it are valid, and it signs no new ones. It can be called several
    /// times. The [module's documentation](super#new-secrets) describes how secrets are replaced.
    #[must_use]
    pub fn previous_secret(mut self, secret: &[u8]) -> Self {
        self.signer.add_previous(secret);
        self
    }

    /// Sets the origins whose pages may call the gateway, as browsers write them: `https://app.example`. Pages of the
    /// gateway's own origin need no entry. Default: none.
    ///
    /// Whether pages may upload to B2 is up to the bucket's `corsRules`.
    #[must_use]
    pub fn origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how small files are uploaded. Default: a relay of up to 10 MB.
    #[must_use]
    pub fn small_files(mut self, small_files: SmallFiles) -> Self {
        self.small_files = small_files;
        self
    }

    /// Sets the recommended part size, in bytes. Default: 5 MB, since a page has to send a part again from its start
    /// when the connection breaks.
    ///
    /// Clients send a file in one request if it is smaller than this plus the minimum part size (5 MB). With a relay,
    /// the announced part size is reduced where needed, so that such files stay within its limit.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes;
        self
    }

    /// Sets for how long at least an unfinished upload can be resumed. Default: 7 days.
    #[must_use]
    pub fn file_id_lifetime(mut self, lifetime: Duration) -> Self {
        self.file_id_lifetime = lifetime;
        self
    }

    /// Sets how the gateway retries its calls to B2. Default: for 20 seconds, after which it responds with 503.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    pub(super) fn check(self) -> Result<Self, Error> {
        let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
        if let Some(url) = &self.base_url {
            realm_url(url)?;
        }
        if let Some(origin) = self.origins.iter().find(|origin| !cors::is_origin(origin)) {
            let shown = shown(origin);
            return invalid(format!(
                "'{shown}' is no origin; one looks like https://app.example, without a path"
            ));
        }
        if !self.signer.is_strong() {
            return invalid(format!("a gateway's secret has at least {MIN_SECRET} random bytes"));
        }
        Ok(self)
    }
}
