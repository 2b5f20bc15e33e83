//! What commands share: flags, output, interruption, and the client.

use std::path::PathBuf;
use std::time::Duration;

use b2_client::{AccountStore, MemoryStore};
use b2_native::{
    Bucket, Client, ClientBuilder, DownloadBuilder, NativeHost, SqliteStore, account_info_path,
};
use b2_proto::ErrorKind;
use b2_proto::account::Credentials;
use b2_proto::retry::RetryPolicy;
use b2_proto::secret::Secret;

use crate::args::flags::GlobalFlags;
use crate::env;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::{self, Output};
use crate::progress::{self, Progress};
use crate::uri::FileUri;

/// How long a command retries before the first response of the server.
pub(crate) const FIRST_RESPONSE_TIMEOUT: Duration = Duration::from_secs(25);

/// The limit for name resolution, TCP and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

const USER_AGENT_VARIABLE: &str = "B2_USER_AGENT_APPEND";

/// The limits of a client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// The number of requests at once that move bytes of files.
    pub(crate) transfers: Option<usize>,
    /// The number of requests per second.
    pub(crate) requests_per_second: Option<u32>,
}

impl Limits {
    fn apply(self, mut builder: ClientBuilder) -> ClientBuilder {
        if let Some(transfers) = self.transfers {
            builder = builder.max_parallel_transfers(transfers);
        }
        if let Some(requests) = self.requests_per_second {
            builder = builder.requests_per_second(requests);
        }
        builder
    }
}

/// What commands share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) flags: GlobalFlags,
    pub(crate) output: Output,
    pub(crate) progress: Progress,
    pub(crate) interrupt: Interrupt,
}

impl Context {
    pub(crate) fn new(flags: GlobalFlags) -> Self {
        Self {
            output: Output::new(flags.quiet, flags.json, flags.escape()),
            progress: Progress::new(!flags.quiet && !flags.no_progress && !flags.json),
            interrupt: Interrupt::default(),
            flags,
        }
    }

    /// Prints a note to standard error, unless `--quiet` is given.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.flags.quiet {
            self.warn(text);
        }
    }

    /// Prints a warning to standard error.
    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        let text = output::escaped(text.as_ref(), false);
        progress::suspend_bars(|| eprintln!("{text}"));
    }

    /// Returns a client for the key in the environment, or else for the stored account.
    pub(crate) async fn client(&self) -> Result<Client, CliError> {
        self.client_with(Limits::default()).await
    }

    /// Returns a client with these limits.
    pub(crate) async fn client_with(&self, limits: Limits) -> Result<Client, CliError> {
        match self.credentials_from_env()? {
            Some(credentials) if self.is_stored(&credentials).await => {
                self.client_from_store(self.store()?, limits).await
            }
            Some(credentials) => self.client_in_memory(credentials, limits).await,
            None => self.client_from_store(self.store()?, limits).await,
        }
    }

    /// Returns a client for another stored account, such as that of the destination of a replication.
    pub(crate) async fn client_of_profile(&self, profile: &str) -> Result<Client, CliError> {
        let store = SqliteStore::new(account_info_path(Some(profile))?);
        self.client_from_store(store, Limits::default()).await
    }

    /// Returns the bucket with this name.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Bucket, CliError> {
        Ok(self.client().await?.bucket(name).await?)
    }

    /// Returns a download of a file. The bucket of a name is looked up only if its id is needed.
    pub(crate) async fn download(&self, uri: &FileUri) -> Result<DownloadBuilder, CliError> {
        let client = self.client().await?;
        Ok(match uri {
            FileUri::Id(id) => client.download_by_id(id.clone()),
            FileUri::Name { bucket, name } => client.download_by_name(bucket, name).await?,
        })
    }

    /// Returns the result of a download. If its file is missing because its bucket is, the error is that of the bucket.
    pub(crate) async fn or_missing_bucket<T>(
        &self,
        uri: &FileUri,
        result: Result<T, CliError>,
    ) -> Result<T, CliError> {
        let (Err(CliError::B2(error)), FileUri::Name { bucket, .. }) = (&result, uri) else {
            return result;
        };
        if error.kind() != ErrorKind::FileNotPresent {
            return result;
        }
        match self.bucket(bucket).await {
            Err(CliError::B2(missing)) if missing.kind() == ErrorKind::NonExistentBucket => {
                Err(missing.into())
            }
            _ => result,
        }
    }

    /// Returns how long transfers are retried.
    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        let policy = RetryPolicy::default();
        match self.flags.retry_for {
            Some(budget) => policy.budget(budget),
            None => policy,
        }
    }

    /// Returns how long requests are retried before the first response of the server.
    pub(crate) fn first_retry_policy(&self) -> RetryPolicy {
        let budget = self.flags.retry_for.unwrap_or(FIRST_RESPONSE_TIMEOUT);
        RetryPolicy::default().budget(budget)
    }

    /// Returns the realm that a flag or the environment gives.
    pub(crate) fn realm(&self) -> Option<&str> {
        let realm = self.flags.realm.as_deref();
        realm.filter(|realm| !realm.is_empty())
    }

    /// Returns whether the stored account is that of a key, so that its token and its bucket names can be used.
    async fn is_stored(&self, credentials: &Credentials) -> bool {
        let Ok(path) = account_info_path(None) else { return false };
        if !path.exists() {
            return false;
        }
        let stored = SqliteStore::new(path).load().await;
        stored.ok().flatten().is_some_and(|account| {
            account.credentials.application_key_id == credentials.application_key_id
                && account.credentials.application_key == credentials.application_key
                && is_same_realm(&account.credentials.realm, &credentials.realm)
        })
    }

    /// Returns the store of the account.
    pub(crate) fn store(&self) -> Result<SqliteStore, CliError> {
        Ok(SqliteStore::new(account_info_path(self.flags.profile.as_deref())?))
    }

    /// Returns the path of the cache of the SHA-1 of local files, beside the account.
    pub(crate) fn sha1_cache(&self) -> Result<PathBuf, CliError> {
        let mut path = account_info_path(self.flags.profile.as_deref())?.into_os_string();
        path.push("_sha1");
        Ok(path.into())
    }

    pub(crate) fn host(&self) -> Result<NativeHost, CliError> {
        let mut host = NativeHost::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent_suffix(concat!("b2-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(suffix) = env::variable(USER_AGENT_VARIABLE) {
            host = host.user_agent_suffix(suffix);
        }
        Ok(host.build()?)
    }

    /// Returns the key in the environment, if there is one.
    fn credentials_from_env(&self) -> Result<Option<Credentials>, CliError> {
        let (id, key) = match (env::variable(env::KEY_ID), env::variable(env::KEY)) {
            (None, None) => return Ok(None),
            (Some(id), Some(key)) => (id, key),
            (Some(_), None) => return Err(incomplete_key(env::KEY_ID, env::KEY)),
            (None, Some(_)) => return Err(incomplete_key(env::KEY, env::KEY_ID)),
        };
        if self.flags.profile.is_some() {
            return Err(CliError::usage(format!(
                "give a profile, or a key in {} and {}, not both",
                env::KEY_ID,
                env::KEY
            )));
        }
        Ok(Some(self.credentials(&id, &key)))
    }

    /// Returns credentials for the realm. Whitespace around ID and key, such as a line end, is removed.
    pub(crate) fn credentials(&self, id: &str, key: &str) -> Credentials {
        Credentials {
            realm: self.realm().unwrap_or("production").to_owned(),
            application_key_id: id.trim().into(),
            application_key: Secret::new(key.trim()),
        }
    }

    /// Returns a builder of a client with the hosts that the flags allow.
    pub(crate) fn client_builder(&self, host: NativeHost) -> ClientBuilder {
        ClientBuilder::new(host).allow_hosts(self.flags.allow_hosts.iter().cloned())
    }

    /// Authorizes an account that is stored nowhere.
    async fn client_in_memory(
        &self,
        credentials: Credentials,
        limits: Limits,
    ) -> Result<Client, CliError> {
        let host = self.host()?;
        let first = self
            .client_builder(host.clone())
            .retry(self.first_retry_policy())
            .credentials(credentials)
            .authorize()
            .await?;
        // The server has responded, so the longer budget holds from here on.
        let memory = MemoryStore::new();
        if let Some(account) = first.account() {
            memory.save(&account).await?;
        }
        let client = self.client_builder(host).store(memory).retry(self.retry_policy());
        Ok(limits.apply(client).build().await?)
    }

    async fn client_from_store(
        &self,
        store: SqliteStore,
        limits: Limits,
    ) -> Result<Client, CliError> {
        let builder =
            self.client_builder(self.host()?).store(store).retry(self.first_retry_policy());
        let client = limits.apply(builder).build().await?;
        if let (Some(account), Some(realm)) = (client.account(), self.realm())
            && !is_same_realm(&account.credentials.realm, realm)
        {
            return Err(CliError::message(format!(
                "the stored account is one of the realm {}, not of {realm}; run `b2 account authorize` for \
                 that realm, or leave out --realm and B2_ENVIRONMENT",
                account.credentials.realm
            )));
        }
        Ok(client)
    }
}

fn is_same_realm(one: &str, other: &str) -> bool {
    let url =
        |realm: &str| b2_proto::account::realm_url(realm).unwrap_or_else(|_| realm.to_owned());
    url(one) == url(other)
}

fn incomplete_key(given: &str, missing: &str) -> CliError {
    CliError::message(format!(
        "Please provide both \"{}\" and \"{}\" environment variables or none of them\n\
         {given} is set and {missing} is not; with neither, the stored account is used.",
        env::KEY,
        env::KEY_ID
    ))
}
