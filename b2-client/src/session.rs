//! What all calls and transfers of a client share: the host, the account, the store, the cache, the settings.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::{Future, ready};
use core::pin::pin;
use core::time::Duration;

use async_lock::{Mutex, MutexGuard};
use b2_proto::ErrorKind;
use b2_proto::account::{Account, BucketNames, Credentials, RateLimiter, UploadUrl, UrlKey};
use b2_proto::api::{AuthorizeAccount, Endpoint};
use b2_proto::call::{Call, Retrying};
use b2_proto::machine::{Authorized, Generation, Machine};
use b2_proto::model::BucketId;
use b2_proto::time::Instant;
use futures::future::{Either, select};

use crate::cache::Cache;
use crate::credentials::CredentialProvider;
use crate::driver::{AccountAccess, Io, Resources, drive};
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::settings::Settings;
use crate::store::{self, AccountStore};
use crate::sync::{Guard, Lock};

/// How long a call waits for another one that authorizes or uses the store.
const MAX_LOCK_WAIT: Duration = Duration::from_secs(10);

/// What to do when an authorization succeeded and could not be saved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnSaveError {
    Fail,
    Warn,
}

/// Where a session keeps what it knows.
#[derive(Clone, Default)]
pub(crate) struct Stores {
    pub(crate) account: Option<Arc<dyn AccountStore>>,
    /// Without one, the names of buckets are kept with the account.
    pub(crate) cache: Option<Arc<dyn Cache>>,
    pub(crate) provider: Option<Arc<dyn CredentialProvider>>,
}

pub(crate) struct Session<H: Host> {
    pub(crate) host: H,
    pub(crate) settings: Settings,
    account: Arc<Lock<Account>>,
    stores: Stores,
    /// Held during an authorization, so that many machines that need one cause one call. See [`lock`](Self::lock).
    authorizing: Mutex<()>,
    /// Held while the store takes or puts an upload URL, so that a URL that is being put is found. See
    /// [`lock`](Self::lock).
    pooling: Mutex<()>,
    /// Held while the account is written to the store, so that the store ends with what was written last. See
    /// [`lock`](Self::lock).
    saving: Mutex<()>,
}

impl<H: Host> Session<H> {
    pub(crate) fn new(host: H, settings: Settings, stores: Stores, account: Account) -> Arc<Self> {
        let account = Arc::new(Lock::new(account));
        Arc::new(Self {
            host,
            settings,
            account,
            stores,
            authorizing: Mutex::new(()),
            pooling: Mutex::new(()),
            saving: Mutex::new(()),
        })
    }

    /// Returns a session of the same account that waits for nothing in this one.
    pub(crate) fn isolated(&self) -> Arc<Self> {
        Arc::new(Self {
            host: self.host.clone(),
            settings: self.settings.clone(),
            account: self.account.clone(),
            stores: self.stores.clone(),
            authorizing: Mutex::new(()),
            pooling: Mutex::new(()),
            saving: Mutex::new(()),
        })
    }

    /// Returns the account. Never held across an await.
    pub(crate) fn account(&self) -> Guard<'_, Account> {
        self.account.lock()
    }

    /// Describes the place of the account to a person.
    pub(crate) fn store_location(&self) -> String {
        store::location(self.stores.account.as_deref())
    }

    /// Locks a mutex that orders calls and without which they work too, or returns `None` after a while.
    ///
    /// The future that holds it may not be polled for as long as its owner waits for this one: a caller can read a body,
    /// or race a transfer in `select!`, and upload something else meanwhile.
    async fn lock<'a>(&self, mutex: &'a Mutex<()>) -> Option<MutexGuard<'a, ()>> {
        let timer = pin!(self.host.sleep_until(self.host.now() + MAX_LOCK_WAIT));
        match select(pin!(mutex.lock()), timer).await {
            Either::Left((guard, _)) => Some(guard),
            Either::Right(_) => None,
        }
    }

    /// Returns a valid authorization, newer than `stale`. Callers that wait at the same time cause one call.
    pub(crate) async fn authorized(
        self: Arc<Self>,
        stale: Option<Generation>,
        on_save_error: OnSaveError,
    ) -> Result<Authorized, Error> {
        if let Some(authorized) = self.account().authorization(self.host.now(), stale) {
            return Ok(authorized);
        }
        let _authorizing = self.lock(&self.authorizing).await;
        if let Some(authorized) = self.account().authorization(self.host.now(), stale) {
            return Ok(authorized);
        }
        let credentials = match &self.stores.provider {
            Some(provider) => provider.credentials().await?,
            None => self.account().credentials().cloned().ok_or_else(no_account)?,
        };
        let authorized = self.authorize(credentials).await?;
        match self.save().await {
            Err(error) if on_save_error == OnSaveError::Fail => return Err(error),
            // The authorization works; the next run gets its own.
            Err(error) => self.warn_unsaved(&error),
            Ok(()) => {}
        }
        Ok(authorized)
    }

    /// Calls `b2_authorize_account`, whatever is stored.
    pub(crate) async fn authorize(
        self: &Arc<Self>,
        credentials: Credentials,
    ) -> Result<Authorized, Error> {
        let call = AuthorizeAccount {
            realm: credentials.realm.clone(),
            application_key_id: credentials.application_key_id.clone(),
            application_key: credentials.application_key.clone(),
        };
        self.account().asks(&credentials.realm);
        let authorization = self.call(call).await?;
        let (before, authorized) = {
            let mut account = self.account();
            let before = identity(&account);
            (before, account.authorize(self.host.now(), credentials, authorization)?)
        };
        if let Some(cache) = &self.stores.cache
            && before.is_some()
            && before != identity(&self.account())
        {
            warn_cache(cache.clear().await);
        }
        if let Some(urls) = self.upload_urls()
            && let Err(error) = urls.clear(None).await
        {
            self.warn_unsaved(&error);
        }
        Ok(authorized)
    }

    /// Runs one call with authorization and retry.
    pub(crate) async fn call<E: Endpoint<Response: MaybeSend> + MaybeSend>(
        self: &Arc<Self>,
        endpoint: E,
    ) -> Result<E::Response, Error> {
        let name = endpoint.name();
        let call = Call::new(endpoint, self.settings.retry, self.host.seed());
        let log = |retrying: Retrying| {
            tracing::info!(error = %retrying.error, "retrying {name}");
        };
        self.drive(call, Resources::default(), log).await
    }

    /// Runs a machine with this account.
    pub(crate) fn drive<'a, M: Machine<Output: MaybeSend> + MaybeSend + 'a>(
        self: &Arc<Self>,
        machine: M,
        resources: Resources<H>,
        on_event: impl FnMut(M::Event) + MaybeSend + 'a,
    ) -> impl Future<Output = Result<M::Output, Error>> + MaybeSend + 'a {
        let io = Io::new(self.host.clone(), self.clone(), self.settings.clone(), resources);
        drive(machine, io, on_event)
    }

    /// Stores the account as it is now.
    pub(crate) async fn save(&self) -> Result<(), Error> {
        let Some(store) = &self.stores.account else {
            return Ok(());
        };
        let _saving = self.lock(&self.saving).await;
        let snapshot = self.account().snapshot();
        match snapshot {
            Some(snapshot) => store.save(&snapshot).await,
            None => store.clear().await,
        }
    }

    /// Removes the account from memory, from the store and from the cache.
    pub(crate) async fn forget(&self) -> Result<(), Error> {
        // An authorization under way would bring it back.
        let _authorizing = self.lock(&self.authorizing).await;
        self.account().forget(self.host.now());
        let _saving = self.lock(&self.saving).await;
        if let Some(cache) = &self.stores.cache {
            warn_cache(cache.clear().await);
        }
        match &self.stores.account {
            Some(store) => store.clear().await,
            None => Ok(()),
        }
    }

    fn warn_unsaved(&self, error: &Error) {
        tracing::warn!(%error, store = self.store_location(), "the account could not be stored");
    }
}

/// The names of buckets: in the cache, or with the account.
impl<H: Host> Session<H> {
    /// Returns the id of the bucket with this name, if it is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`] if the key is restricted to other buckets.
    pub(crate) async fn bucket_id(&self, name: &str) -> Result<Option<BucketId>, Error> {
        // Of a restricted key the account knows the buckets, whatever a cache says.
        let known = self.account().bucket_id(name)?;
        match &self.stores.cache {
            Some(cache) if known.is_none() => Ok(warn_cache(cache.bucket_id(name).await).flatten()),
            _ => Ok(known),
        }
    }

    /// Returns the name of the bucket with this id, if it is known.
    pub(crate) async fn bucket_name(&self, id: &BucketId) -> Option<String> {
        let known = self.account().buckets().name(id).map(ToOwned::to_owned);
        match &self.stores.cache {
            Some(cache) if known.is_none() => warn_cache(cache.bucket_name(id).await).flatten(),
            _ => known,
        }
    }

    /// Returns all names that are known.
    pub(crate) async fn bucket_names(&self) -> BucketNames {
        match &self.stores.cache {
            Some(cache) => warn_cache(cache.bucket_names().await).unwrap_or_default(),
            None => self.account().buckets().clone(),
        }
    }

    /// Saves the name of a bucket.
    pub(crate) async fn save_bucket(&self, id: &BucketId, name: &str) {
        if let Some(cache) = &self.stores.cache {
            warn_cache(cache.save_bucket(id, name).await);
            return;
        }
        let known = self.account().buckets().name(id) == Some(name);
        if !known {
            self.account().buckets_mut().remember(id.clone(), name);
            self.save_names().await;
        }
    }

    /// Removes a bucket that is gone.
    pub(crate) async fn remove_bucket(&self, id: &BucketId) {
        self.account().buckets_mut().forget(id);
        match &self.stores.cache {
            Some(cache) => {
                warn_cache(cache.remove_bucket(id).await);
            }
            None => self.save_names().await,
        }
    }

    /// Replaces all names by a complete list.
    pub(crate) async fn replace_buckets(&self, names: BucketNames) {
        match &self.stores.cache {
            Some(cache) => {
                warn_cache(cache.replace_buckets(&names).await);
            }
            None => {
                *self.account().buckets_mut() = names;
                self.save_names().await;
            }
        }
    }

    async fn save_names(&self) {
        if let Err(error) = self.save().await {
            self.warn_unsaved(&error);
        }
    }
}

/// Upload URLs: in the store, or in memory.
impl<H: Host> Session<H> {
    fn upload_urls(&self) -> Option<&dyn crate::store::UploadUrlStore> {
        self.stores.account.as_deref().and_then(AccountStore::upload_urls)
    }

    /// Takes an upload URL for exclusive use.
    pub(crate) async fn take_upload_url(&self, key: &UrlKey) -> Option<UploadUrl> {
        match self.upload_urls() {
            Some(urls) => {
                let _pooling = self.lock(&self.pooling).await;
                urls.take(key).await.unwrap_or_else(|error| {
                    self.warn_unsaved(&error);
                    None
                })
            }
            None => self.account().take_url(self.host.now(), key),
        }
    }

    /// Puts an upload URL back.
    pub(crate) async fn put_upload_url(&self, key: UrlKey, url: UploadUrl) {
        match self.upload_urls() {
            Some(urls) => {
                let _pooling = self.lock(&self.pooling).await;
                if let Err(error) = urls.put(key, url).await {
                    self.warn_unsaved(&error);
                }
            }
            None => self.account().keep_url(self.host.now(), key, url),
        }
    }

    /// Removes the upload URLs of a bucket or a large file.
    pub(crate) async fn clear_upload_urls(&self, key: &UrlKey) -> Result<(), Error> {
        match self.upload_urls() {
            Some(urls) => urls.clear(Some(key)).await,
            None => {
                self.account().drop_urls(key);
                Ok(())
            }
        }
    }
}

impl<H: Host> AccountAccess for Session<H> {
    fn authorization(
        self: Arc<Self>,
        stale: Option<Generation>,
    ) -> BoxFuture<'static, Result<Authorized, Error>> {
        Box::pin(self.authorized(stale, OnSaveError::Warn))
    }

    fn with_rate(&self, f: &mut dyn FnMut(&mut RateLimiter, Instant)) {
        let now = self.host.now();
        f(self.account().rate_mut(), now);
    }

    fn check_url(&self, url: &str) -> Result<(), b2_proto::Error> {
        self.account().check_url(url)
    }

    fn take_url(self: Arc<Self>, key: UrlKey) -> BoxFuture<'static, Option<UploadUrl>> {
        if self.upload_urls().is_none() {
            let url = self.account().take_url(self.host.now(), &key);
            return Box::pin(ready(url));
        }
        Box::pin(async move { self.take_upload_url(&key).await })
    }

    fn put_url(self: Arc<Self>, key: UrlKey, url: UploadUrl) -> Option<BoxFuture<'static, ()>> {
        if self.upload_urls().is_none() {
            self.account().keep_url(self.host.now(), key, url);
            return None;
        }
        Some(Box::pin(async move { self.put_upload_url(key, url).await }))
    }
}

/// Which account this is: its realm and its id.
fn identity(account: &Account) -> Option<(String, b2_proto::model::AccountId)> {
    let id = account.last_authorization()?.account_id.clone();
    Some((account.credentials()?.realm.clone(), id))
}

/// Logs the error of a cache: the next lookup asks B2.
fn warn_cache<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(|error| tracing::warn!(%error, "the cache could not be used")).ok()
}

fn no_account() -> Error {
    b2_proto::Error::new(
        ErrorKind::MissingAccountData,
        "no account is authorized; give an application key, or authorize an account first",
    )
    .into()
}

impl<H: Host> fmt::Debug for Session<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("host", &self.host)
            .field("store", &self.stores.account)
            .field("cache", &self.stores.cache)
            .finish_non_exhaustive()
    }
}
