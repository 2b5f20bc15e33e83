//! The account: what a user starts from.

mod account;
mod buckets;
mod files;
mod keys;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;

use b2_proto::account::{Account, Credentials, Snapshot};
use b2_proto::api::Endpoint;
use b2_proto::machine::Machine;
use b2_proto::retry::RetryPolicy;
use futures::TryFutureExt;

use crate::credentials::CredentialProvider;
use crate::driver::Resources;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::{Session, Unsaved};
use crate::store::{self, AccountStore, Keeper};

/// An account at B2. A handle: clones share authorization, upload URLs and connections.
#[derive(Clone)]
pub struct Client<H: Host> {
    pub(crate) session: Arc<Session<H>>,
}

/// A client to be.
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder<H: Host> {
    host: H,
    store: Option<Arc<dyn Keeper>>,
    retry: RetryPolicy,
    allowed_hosts: Vec<String>,
}

impl<H: Host> ClientBuilder<H> {
    /// Keeps the account in this store. By default it is kept in memory, and nothing is written anywhere.
    pub fn store(mut self, store: impl AccountStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// How long calls and transfers go on without progress, and how long they wait between attempts.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Allows requests to these hosts, and to all hosts in these domains, beside those of the realm.
    ///
    /// With Backblaze's realms, API, upload and download URLs are refused outside of `backblazeb2.com` and
    /// `backblaze.com`; with a realm of one's own, outside of its host and these.
    pub fn allow_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// A client for the account in the store. Nothing is sent before it is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptAccountInfo`](b2_proto::ErrorKind::CorruptAccountInfo) or [`ErrorKind::AccountStore`](b2_proto::ErrorKind::AccountStore) if the store cannot be read. An empty
    /// store is no error: every call fails with [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) until
    /// [`Client::authorize_account`] succeeds.
    pub async fn build(self) -> Result<Client<H>, Error> {
        let account = match self.stored().await? {
            Some(snapshot) => Account::restore(snapshot, self.host.now()),
            None => Account::default(),
        };
        Ok(self.client(None, account))
    }

    /// A client for this account, which is authorized when that is needed first. Nothing is sent before.
    ///
    /// What the store knows of this very key is used. A store that cannot be read, or keeps another account, costs
    /// no more than an authorization.
    pub async fn build_for(self, credentials: Credentials) -> Client<H> {
        let stored = self.stored().await.unwrap_or_else(|error| {
            tracing::warn!(%error, store = store::location(self.store.as_deref()), "the stored account could not be read");
            None
        });
        let account = match stored.filter(|stored| stored.credentials == credentials) {
            Some(stored) => Account::restore(stored, self.host.now()),
            None => Account::new(credentials),
        };
        self.client(None, account)
    }

    /// A client for this account. It is authorized at once and kept in the store.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`](b2_proto::ErrorKind::WrongKey) if the key is wrong, and whatever keeps B2 from answering.
    pub fn authorize(
        self,
        credentials: Credentials,
    ) -> BoxFuture<'static, Result<Client<H>, Error>> {
        self.client(None, Account::new(credentials)).authorized(Unsaved::Fails)
    }

    /// A client whose credentials are asked for, now and whenever it has to be authorized again.
    ///
    /// # Errors
    ///
    /// As for [`authorize`](Self::authorize), and what the provider says.
    pub fn authorize_with(
        self,
        provider: impl CredentialProvider + 'static,
    ) -> BoxFuture<'static, Result<Client<H>, Error>> {
        self.client(Some(Arc::new(provider)), Account::default()).authorized(Unsaved::Warns)
    }

    async fn stored(&self) -> Result<Option<Snapshot>, Error> {
        match &self.store {
            Some(store) => store.load().await,
            None => Ok(None),
        }
    }

    fn client(
        self,
        provider: Option<Arc<dyn CredentialProvider>>,
        mut account: Account,
    ) -> Client<H> {
        account.allow_hosts(self.allowed_hosts);
        Client { session: Session::new(self.host, self.store, provider, account, self.retry) }
    }
}

impl<H: Host> fmt::Debug for ClientBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("host", &self.host)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl<H: Host> fmt::Debug for Client<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("session", &self.session).finish()
    }
}

impl<H: Host> Client<H> {
    /// A client to be, on this host.
    pub fn builder(host: H) -> ClientBuilder<H> {
        ClientBuilder {
            host,
            store: None,
            retry: RetryPolicy::default(),
            allowed_hosts: Vec::new(),
        }
    }

    /// The client, once it is authorized.
    fn authorized(self, unsaved: Unsaved) -> BoxFuture<'static, Result<Self, Error>> {
        let authorized = self.session.clone().authorized(None, unsaved);
        Box::pin(authorized.map_ok(|_| self))
    }

    /// Another handle to the account, that waits for nothing which this one has under way: both know what either has
    /// learnt, but each authorizes by itself. So a request to a server does not depend on another one, which may be
    /// aborted; Cloudflare Workers demand that.
    #[must_use]
    pub fn isolated(&self) -> Self {
        Self { session: self.session.isolated() }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &H {
        &self.session.host
    }

    /// Any call of B2's API, with authorization and retry.
    ///
    /// ```no_run
    /// use b2_client::proto::api::GetBucketNotificationRules;
    ///
    /// # async fn run<H: b2_client::Host>(client: b2_client::Client<H>) -> Result<(), b2_client::Error> {
    /// let bucket_id = "4a48fe8875c6214145260818".into();
    /// let rules = client.call(GetBucketNotificationRules { bucket_id }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the call refuses before it is sent, and what B2 answers.
    pub fn call<E>(
        &self,
        endpoint: E,
    ) -> impl Future<Output = Result<E::Response, Error>> + MaybeSend + use<H, E>
    where
        E: Endpoint<Response: MaybeSend> + MaybeSend + 'static,
    {
        let session = self.session.clone();
        async move { session.call(endpoint).await }
    }

    /// Runs any machine with this client's account, upload URLs and connections, and hands on what it says on
    /// the way. Dropping the future stops it.
    ///
    /// There are no sources, buffers and sinks: a machine that asks for one is told that there is none. Uploads and
    /// downloads have builders of their own.
    ///
    /// A web application answers its visitors so:
    ///
    /// ```
    /// use b2_client::proto::gateway::{Gateway, Grant, Route};
    /// use b2_client::proto::http::{RequestHead, Response};
    /// use b2_client::{Client, Host};
    /// use bytes::Bytes;
    ///
    /// async fn answer<H: Host>(
    ///     client: &Client<H>,
    ///     gateway: &Gateway,
    ///     grant: Option<Grant>,
    ///     head: RequestHead,
    ///     body: Bytes,
    /// ) -> Result<Response<Bytes>, b2_client::Error> {
    ///     let (now, seed) = (client.host().timestamp(), client.host().seed());
    ///     let incoming = gateway.receive(head, now);
    ///     let answer = match (incoming.route(), grant) {
    ///         (Route::Authorize, Some(grant)) => incoming.authorize(now, grant),
    ///         (Route::Authorize, None) => incoming.refuse(),
    ///         _ => incoming.respond(now, seed, &body),
    ///     };
    ///     client.run(answer, |event| eprintln!("{event:?}")).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the machine.
    pub async fn run<M: Machine<Output: MaybeSend> + MaybeSend>(
        &self,
        machine: M,
        on_event: impl FnMut(M::Event) + MaybeSend,
    ) -> Result<M::Output, Error> {
        self.session.drive(machine, Resources::default(), on_event).await
    }
}
