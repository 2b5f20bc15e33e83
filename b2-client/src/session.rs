//! What all machines of a client share: the host, the account, the store.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::future::ready;

use async_lock::Mutex;
use b2_proto::ErrorKind;
use b2_proto::account::{Account, Credentials, UploadUrl, UrlKey};
use b2_proto::api::{AuthorizeAccount, Endpoint};
use b2_proto::call::{Call, Retrying};
use b2_proto::machine::{Authorized, Generation, Machine};
use b2_proto::retry::RetryPolicy;

use crate::credentials::CredentialProvider;
use crate::driver::{AccountAccess, Io, Resources, drive};
use crate::error::Error;
use crate::host::Host;
use crate::lock::{Guard, Lock};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::store::{self, Keeper};

/// What it means that an authorization was had and could not be stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsaved {
    Fails,
    Warns,
}

pub(crate) struct Session<H: Host> {
    pub(crate) host: H,
    pub(crate) retry: RetryPolicy,
    account: Arc<Lock<Account>>,
    store: Option<Arc<dyn Keeper>>,
    provider: Option<Arc<dyn CredentialProvider>>,
    /// Held while an authorization is under way, so that many machines that need one cause one.
    authorizing: Mutex<()>,
}

impl<H: Host> Session<H> {
    pub(crate) fn new(
        host: H,
        store: Option<Arc<dyn Keeper>>,
        provider: Option<Arc<dyn CredentialProvider>>,
        account: Account,
        retry: RetryPolicy,
    ) -> Arc<Self> {
        Arc::new(Self {
            host,
            retry,
            account: Arc::new(Lock::new(account)),
            store,
            provider,
            authorizing: Mutex::new(()),
        })
    }

    /// A session of the same account that waits for nothing in this one.
    pub(crate) fn isolated(&self) -> Arc<Self> {
        Arc::new(Self {
            host: self.host.clone(),
            retry: self.retry,
            account: self.account.clone(),
            store: self.store.clone(),
            provider: self.provider.clone(),
            authorizing: Mutex::new(()),
        })
    }

    /// The account. Never held while anything is awaited.
    pub(crate) fn account(&self) -> Guard<'_, Account> {
        self.account.lock()
    }

    /// Where the account is kept, for a person.
    pub(crate) fn store_location(&self) -> String {
        store::location(self.store.as_deref())
    }

    /// Returns a valid authorization, newer than `stale`. Callers that wait at the same time cause one call.
    pub(crate) async fn authorized(
        self: Arc<Self>,
        stale: Option<Generation>,
        unsaved: Unsaved,
    ) -> Result<Authorized, Error> {
        if let Some(authorized) = self.account().authorization(self.host.now(), stale) {
            return Ok(authorized);
        }
        let _authorizing = self.authorizing.lock().await;
        if let Some(authorized) = self.account().authorization(self.host.now(), stale) {
            return Ok(authorized);
        }
        let credentials = match &self.provider {
            Some(provider) => provider.credentials().await?,
            None => self.account().credentials().cloned().ok_or_else(no_account)?,
        };
        let authorized = self.authorize(credentials).await?;
        match self.save().await {
            Err(error) if unsaved == Unsaved::Fails => return Err(error),
            // The authorization works; the next run will have to get its own.
            Err(error) => {
                tracing::warn!(%error, store = self.store_location(), "the account could not be stored");
            }
            Ok(()) => {}
        }
        Ok(authorized)
    }

    /// `b2_authorize_account`, whatever is stored.
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
        Ok(self.account().authorize(self.host.now(), credentials, authorization)?)
    }

    /// Runs one call with authorization and retry.
    pub(crate) async fn call<E: Endpoint<Response: MaybeSend> + MaybeSend>(
        self: &Arc<Self>,
        endpoint: E,
    ) -> Result<E::Response, Error> {
        let name = endpoint.name();
        let call = Call::new(endpoint, self.retry, self.host.seed());
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
        drive(machine, Io::new(self.host.clone(), self.clone(), resources), on_event)
    }

    /// Stores the account as it is now.
    pub(crate) fn save(&self) -> BoxFuture<'_, Result<(), Error>> {
        match &self.store {
            Some(store) => store.keep(&self.account),
            None => Box::pin(ready(Ok(()))),
        }
    }

    pub(crate) async fn forget(&self) -> Result<(), Error> {
        *self.account() = Account::default();
        match &self.store {
            Some(store) => store.clear().await,
            None => Ok(()),
        }
    }
}

impl<H: Host> AccountAccess for Session<H> {
    fn authorization(
        self: Arc<Self>,
        stale: Option<Generation>,
    ) -> BoxFuture<'static, Result<Authorized, Error>> {
        Box::pin(self.authorized(stale, Unsaved::Warns))
    }

    fn check_url(&self, url: &str) -> Result<(), b2_proto::Error> {
        self.account().check_url(url)
    }

    fn take_url(&self, key: &UrlKey) -> Option<UploadUrl> {
        self.account().take_url(self.host.now(), key)
    }

    fn keep_url(&self, key: UrlKey, url: UploadUrl) {
        self.account().keep_url(self.host.now(), key, url);
    }
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
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
