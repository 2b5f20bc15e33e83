//! How a gateway is set up.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::cors;
use super::signer::{MIN_SECRET, Signer};
use crate::account::without_slash;
use crate::api::realm_url;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::retry::RetryPolicy;

/// What becomes of files that are too small to be large files.
///
/// An ordinary upload URL of B2 is good for any name in the bucket, for any content type and any size, for a
/// day. So it is never handed out as it is. The table in the [module's documentation](super) compares the
/// choices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmallFiles {
    /// They go through the gateway, which checks them and passes them on: up to `limit` bytes, which it has
    /// in memory meanwhile. The upload URL that it answers is its own, which a client does not notice.
    Relay {
        /// The largest file.
        limit: u64,
    },
    /// The gateway makes an application key for the bucket and the prefix, which can do nothing but upload,
    /// and answers an upload URL of that key. The application's own key needs
    /// [`writeKeys`](crate::model::Capability::WRITE_KEYS), which is as good as being allowed everything.
    ///
    /// Three calls to B2 each time that a client asks for an upload URL.
    IssueKey {
        /// The realm of the account: `production`, or a URL.
        realm: String,
        /// For how long a key works, at most; none outlives the grant.
        lifetime: Duration,
    },
    /// There are none.
    Refuse,
}

/// How a [`Gateway`](super::Gateway) is set up.
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
    /// Nothing: wherever a request came to.
    pub(super) base_url: Option<String>,
    pub(super) origins: Vec<String>,
    pub(super) signer: Signer,
    pub(super) small_files: SmallFiles,
    pub(super) part_size: u64,
    pub(super) file_id_lifetime: Duration,
    pub(super) retry: RetryPolicy,
}

impl GatewayConfig {
    /// A gateway that browsers reach under `base_url`. `secret`: at least 32 random bytes, the same wherever
    /// the gateway runs, and in the application's care. Whoever knows it can make grants.
    #[must_use]
    pub fn new(base_url: impl AsRef<str>, secret: &[u8]) -> Self {
        Self { base_url: Some(without_slash(base_url.as_ref())), ..Self::at_any_url(secret) }
    }

    /// A gateway that is where requests come to: its host knows their whole URL, as a browser has it. That is not so
    /// behind a proxy which changes it.
    #[must_use]
    pub fn at_any_url(secret: &[u8]) -> Self {
        Self {
            base_url: None,
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

    /// Also believes what was signed with an earlier secret, while that one is being retired.
    #[must_use]
    pub fn previous_secret(mut self, secret: &[u8]) -> Self {
        self.signer.also_believe(secret);
        self
    }

    /// The origins whose pages may talk to the gateway, as browsers write them: `https://app.example`. A page of the
    /// gateway's own origin needs none of this. Default: none.
    ///
    /// This is about the gateway itself. That pages may send bytes to B2 is said by the bucket's `corsRules`.
    #[must_use]
    pub fn origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// What becomes of files that are too small to be large files. Default: a relay of up to 10 MB.
    #[must_use]
    pub fn small_files(mut self, small_files: SmallFiles) -> Self {
        self.small_files = small_files;
        self
    }

    /// The part size that clients are told to use, in bytes. Default: 5 MB, since a page loses what it has
    /// sent of a part when the connection breaks.
    ///
    /// A client sends in one piece what is smaller than this and the smallest part (5 MB) together. With a
    /// relay, a part size is announced that leaves no such file above its limit.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes;
        self
    }

    /// For how long an unfinished upload can be gone on with, at least. Default: 7 days.
    #[must_use]
    pub fn file_id_lifetime(mut self, lifetime: Duration) -> Self {
        self.file_id_lifetime = lifetime;
        self
    }

    /// How long the gateway itself tries a call to B2. Default: 20 seconds, then the client is told to come
    /// back.
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
