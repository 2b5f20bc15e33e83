//! The account: what a user starts from.

mod account;
mod buckets;
mod builder;
mod files;
mod keys;

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;

use b2_proto::api::Endpoint;
use b2_proto::machine::Machine;
use b2_proto::model::ApplicationKeyId;
use b2_proto::secret::Secret;

pub use buckets::ListBucketsBuilder;
pub use builder::{ClientBuilder, FromEnvironment};

use crate::driver::Resources;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::MaybeSend;
use crate::session::Session;

/// An account at B2.
///
/// A handle: clones are cheap and share the authorization, the upload URLs and the connections.
///
/// ```
/// use b2_client::{Client, Error, FileHost};
///
/// # async fn run<H: FileHost<Path: From<&'static str>> + Default>() -> Result<(), Error> {
/// let client = Client::<H>::new("application key id", "application key");
/// let bucket = client.bucket("my-photos").await?;
/// let file = bucket.upload_file("ship.jpg", "2026/ship.jpg").await?;
/// bucket.download(file.file_name).save_to("copy.jpg").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client<H: Host> {
    pub(crate) session: Arc<Session<H>>,
}

impl<H: Host + Default> Client<H> {
    /// Returns a client for an application key of Backblaze's service.
    ///
    /// Nothing is sent: the client is authorized at the first call that needs it, which fails with
    /// [`ErrorKind::WrongKey`](b2_proto::ErrorKind::WrongKey) if the key is wrong.
    #[must_use]
    pub fn new(key_id: impl Into<ApplicationKeyId>, key: impl Into<Secret>) -> Self {
        Self::builder().key(key_id, key).build_now()
    }

    /// Returns a builder of a client, for everything that [`new`](Self::new) leaves to defaults.
    pub fn builder() -> ClientBuilder<H> {
        ClientBuilder::new(H::default())
    }
}

impl<H: FromEnvironment> Client<H> {
    /// Returns a client for the account that the environment names. Nothing is sent before the first call.
    ///
    /// Where the host looks is said by its implementation of [`FromEnvironment`]; for `b2-native`: the environment
    /// variables `B2_APPLICATION_KEY_ID` and `B2_APPLICATION_KEY`, or the account that Backblaze's `b2` tool stored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) if there is no account, and the errors
    /// of [`ClientBuilder::build`].
    pub async fn from_env() -> Result<Self, Error> {
        H::builder_from_env().await?.build().await
    }
}

impl<H: Host> fmt::Debug for Client<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("session", &self.session).finish()
    }
}

impl<H: Host> Client<H> {
    /// Returns another handle to the account that waits for nothing which this one has under way.
    ///
    /// Both share what is known of the account, but each authorizes by itself. So a request that a server handles does
    /// not depend on another one, which may be aborted; Cloudflare Workers demand that.
    #[must_use]
    pub fn isolated(&self) -> Self {
        Self { session: self.session.isolated() }
    }

    /// Returns the host.
    #[must_use]
    pub fn host(&self) -> &H {
        &self.session.host
    }

    /// Sends any call of B2's API, with authorization and retry.
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
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) and the like for arguments that B2 would refuse,
    /// before anything is sent, and every error of B2 and of the network.
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

    /// Runs any machine with this client's account, upload URLs and connections, and calls `on_event` with its events.
    /// Dropping the future stops it.
    ///
    /// There are no sources, buffers and sinks: a machine that asks for one gets an error. Uploads and downloads have
    /// builders of their own.
    ///
    /// A web application responds to its visitors' requests like this:
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
