//! Builds a client.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::{Future, ready};
use core::num::NonZeroU32;
use core::time::Duration;

use async_lock::Semaphore;
use b2_proto::ErrorKind;
use b2_proto::account::realm_url;
use b2_proto::account::{Account, Credentials, Snapshot};
use b2_proto::model::ApplicationKeyId;
use b2_proto::retry::RetryPolicy;
use b2_proto::secret::Secret;
use futures::TryFutureExt;

use super::Client;
use crate::cache::Cache;
use crate::credentials::CredentialProvider;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::{OnSaveError, Session, Stores};
use crate::settings::Settings;
use crate::store::{self, AccountStore};

/// The realm of Backblaze's service.
const PRODUCTION: &str = "production";

/// Builds a [`Client`].
///
/// The account comes from [`key`](Self::key) or [`credentials`](Self::credentials), from a
/// [`credential_provider`](Self::credential_provider), or from the [`store`](Self::store).
///
/// ```
/// use std::time::Duration;
///
/// use b2_client::proto::retry::RetryPolicy;
/// use b2_client::{Client, ClientBuilder, Error, Host, MemoryStore};
///
/// # async fn run<H: Host>(host: H, id: String, key: String) -> Result<Client<H>, Error> {
/// let client = ClientBuilder::new(host)
///     .key(id, key)
///     .store(MemoryStore::new())
///     .retry(RetryPolicy::default().budget(Duration::from_secs(60)))
///     .max_parallel_transfers(8)
///     .authorize()
///     .await?;
/// # Ok(client)
/// # }
/// ```
#[must_use = "a builder does nothing until `build` or `authorize` is called"]
pub struct ClientBuilder<H: Host> {
    host: H,
    realm: Option<String>,
    key: Option<(ApplicationKeyId, Secret)>,
    stores: Stores,
    settings: Settings,
    requests_per_second: Option<u32>,
    allowed_hosts: Vec<String>,
}

impl<H: Host> ClientBuilder<H> {
    /// Returns a builder of a client on this host.
    pub fn new(host: H) -> Self {
        Self {
            host,
            realm: None,
            key: None,
            stores: Stores::default(),
            settings: Settings::default(),
            requests_per_second: None,
            allowed_hosts: Vec::new(),
        }
    }

    /// Sets the application key.
    pub fn key(mut self, id: impl Into<ApplicationKeyId>, key: impl Into<Secret>) -> Self {
        self.key = Some((id.into(), key.into()));
        self
    }

    /// Sets the realm: `production`, which is the default, or the URL of another one.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Sets the application key and the realm.
    pub fn credentials(self, credentials: Credentials) -> Self {
        let Credentials { realm, application_key_id, application_key } = credentials;
        self.realm(realm).key(application_key_id, application_key)
    }

    /// Sets what gives the credentials for each authorization, for credentials that do not last. They include the realm,
    /// so neither a key nor a [`realm`](Self::realm) can be set besides.
    pub fn credential_provider(mut self, provider: impl CredentialProvider + 'static) -> Self {
        self.stores.provider = Some(Arc::new(provider));
        self
    }

    /// Sets where the account is kept between runs. By default it is kept in memory only.
    pub fn store(mut self, store: impl AccountStore + 'static) -> Self {
        self.stores.account = Some(Arc::new(store));
        self
    }

    /// Sets the cache of bucket names. By default they are kept with the account.
    pub fn cache(mut self, cache: impl Cache + 'static) -> Self {
        self.stores.cache = Some(Arc::new(cache));
        self
    }

    /// Sets how long calls and transfers go on without progress (15 minutes by default), and how long they wait between
    /// attempts.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.settings.retry = retry;
        self
    }

    /// Sets how long a request may go without a byte in either direction before it fails and is repeated. By default
    /// the protocol chooses, by the call.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = Some(timeout);
        self
    }

    /// Sets how many requests of all transfers of the client together may move bytes of files at once, besides each
    /// transfer's own limit. By default there is no such limit.
    ///
    /// A download whose body is read as a stream counts as one request until its end, also while it is not read: with
    /// more open bodies than permits, the later ones wait for the earlier. A transfer that is not polled keeps its permits
    /// too, so code that waits for another transfer must go on polling it. At least one request is always allowed.
    pub fn max_parallel_transfers(mut self, requests: usize) -> Self {
        self.settings.transfers = Some(Arc::new(Semaphore::new(requests.max(1))));
        self
    }

    /// Sets how many requests of all calls and transfers of the client may be sent in a second, besides the account's limit
    /// at B2, which a client finds out: it sends as fast as it can until B2 refuses a request (status 429), and then stays
    /// just below the limit. See [`RateLimiter`](b2_proto::account::RateLimiter). By default there is no other limit.
    ///
    /// Set it where several clients share an account and each is to have its part. Waiting is not counted as an attempt,
    /// and does not use up the time of the [`RetryPolicy`]. Zero is an error of [`build`](Self::build) and
    /// [`authorize`](Self::authorize).
    pub fn requests_per_second(mut self, requests: u32) -> Self {
        self.requests_per_second = Some(requests);
        self
    }

    /// Sets how many ranges of each download are requested at once by default. Default: 4.
    /// [`DownloadBuilder::parallel`](crate::DownloadBuilder::parallel) sets it for one download.
    pub fn parallel_per_download(mut self, parallel: usize) -> Self {
        self.settings.downloads.parallel = Some(parallel);
        self
    }

    /// Sets whether downloads verify the SHA-1 of the whole file by default, where one is known. Default: yes.
    /// [`DownloadBuilder::verify`](crate::DownloadBuilder::verify) sets it for one download.
    pub fn verify_downloads(mut self, verify: bool) -> Self {
        self.settings.downloads.verify = Some(verify);
        self
    }

    /// Allows requests to these hosts, and to all hosts in these domains, besides those of the realm.
    ///
    /// With Backblaze's realms, API, upload and download URLs are refused outside of `backblazeb2.com` and
    /// `backblaze.com`; with another realm, outside of its host and these.
    pub fn allow_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Builds a client that is authorized at the first call that needs it. Nothing is sent before.
    ///
    /// With a key, the store's authorization is used if it is for this very key; a store that cannot be read costs an
    /// authorization. Without a key, the account is the store's. If there is none, every call fails with
    /// [`ErrorKind::MissingAccountData`] until [`Client::authorize_account`] succeeds.
    ///
    /// # Errors
    ///
    /// Without a key, [`ErrorKind::CorruptAccountInfo`] or [`ErrorKind::AccountStore`] if the store cannot be read, and
    /// [`ErrorKind::InvalidInput`] if the stored account is not one of the [`realm`](Self::realm) that was set. With a
    /// credential provider, [`ErrorKind::InvalidInput`] if a key or a realm was set too. With zero
    /// [`requests_per_second`](Self::requests_per_second), [`ErrorKind::InvalidInput`].
    pub async fn build(mut self) -> Result<Client<H>, Error> {
        self.check()?;
        let Some(credentials) = self.take_credentials() else {
            let account = match self.load().await? {
                Some(snapshot) => {
                    self.check_realm(&snapshot)?;
                    Account::restore(snapshot, self.host.now())
                }
                None => Account::default(),
            };
            return Ok(self.with_account(account));
        };
        let stored = self.load().await.unwrap_or_else(|error| {
            let store = store::location(self.stores.account.as_deref());
            tracing::warn!(%error, store, "the stored account could not be read");
            None
        });
        let account = match stored.filter(|stored| stored.credentials == credentials) {
            Some(stored) => Account::restore(stored, self.host.now()),
            None => Account::new(credentials),
        };
        Ok(self.with_account(account))
    }

    /// Builds a client and authorizes it at once, which checks the key. The account is saved in the store.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`] if the key is wrong, and every other error of `b2_authorize_account`, of the store, and
    /// of the credential provider. With a provider, an error of the store is only logged, and a key or a realm that was
    /// set too is an [`ErrorKind::InvalidInput`].
    pub fn authorize(mut self) -> BoxFuture<'static, Result<Client<H>, Error>> {
        if let Err(error) = self.check() {
            return Box::pin(ready(Err(error)));
        }
        if self.stores.provider.is_some() {
            return authorized(self.with_account(Account::default()), OnSaveError::Warn);
        }
        match self.take_credentials() {
            Some(credentials) => {
                authorized(self.with_account(Account::new(credentials)), OnSaveError::Fail)
            }
            None => {
                Box::pin(async move { authorized(self.build().await?, OnSaveError::Fail).await })
            }
        }
    }

    /// Builds a client for the key, without a look at the store.
    pub(super) fn build_now(mut self) -> Client<H> {
        let account = self.take_credentials().map(Account::new).unwrap_or_default();
        self.with_account(account)
    }

    /// Refuses settings that a credential provider would replace, and a limit of no requests.
    fn check(&self) -> Result<(), Error> {
        if self.requests_per_second == Some(0) {
            let message = "the number of requests per second is at least 1";
            return Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
        }
        if self.stores.provider.is_some() && (self.key.is_some() || self.realm.is_some()) {
            let message = "a credential provider gives the key and the realm; set no others";
            return Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into());
        }
        Ok(())
    }

    fn take_credentials(&mut self) -> Option<Credentials> {
        let (application_key_id, application_key) = self.key.take()?;
        let realm = self.realm.clone().unwrap_or_else(|| PRODUCTION.to_owned());
        Some(Credentials { realm, application_key_id, application_key })
    }

    fn check_realm(&self, stored: &Snapshot) -> Result<(), Error> {
        let url = |realm: &str| realm_url(realm).unwrap_or_else(|_| realm.to_owned());
        let stored = &stored.credentials.realm;
        match &self.realm {
            Some(realm) if url(realm) != url(stored) => {
                let message =
                    format!("the stored account is one of the realm {stored}, not of {realm}");
                Err(b2_proto::Error::new(ErrorKind::InvalidInput, message).into())
            }
            _ => Ok(()),
        }
    }

    async fn load(&self) -> Result<Option<Snapshot>, Error> {
        match &self.stores.account {
            Some(store) => store.load().await,
            None => Ok(None),
        }
    }

    fn with_account(self, mut account: Account) -> Client<H> {
        account.allow_hosts(self.allowed_hosts);
        account.limit_rate(self.requests_per_second.and_then(NonZeroU32::new));
        Client { session: Session::new(self.host, self.settings, self.stores, account) }
    }
}

fn authorized<H: Host>(
    client: Client<H>,
    on_save_error: OnSaveError,
) -> BoxFuture<'static, Result<Client<H>, Error>> {
    let authorized = client.session.clone().authorized(None, on_save_error);
    Box::pin(authorized.map_ok(|_| client))
}

impl<H: Host> fmt::Debug for ClientBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("host", &self.host)
            .field("realm", &self.realm)
            .field("store", &self.stores.account)
            .field("cache", &self.stores.cache)
            .finish_non_exhaustive()
    }
}

/// A host that finds an account in its environment: in environment variables, or in a file.
pub trait FromEnvironment: Host {
    /// Returns a builder with the account of the environment.
    fn builder_from_env() -> impl Future<Output = Result<ClientBuilder<Self>, Error>> + MaybeSend;
}
