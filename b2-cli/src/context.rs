//! What every command needs: the flags, the output, and an account.

use std::path::Path;
use std::time::Duration;

use b2_client::{AccountStore, MemoryStore};
use b2_native::{Bucket, Client, NativeHost, SqliteStore, account_info_path};
use b2_proto::account::Credentials;
use b2_proto::retry::RetryPolicy;
use b2_proto::secret::Secret;

use crate::cli::Global;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress::Progress;

/// How long a command goes on before anything has ever worked: somebody is waiting for it.
pub(crate) const FIRST_CONTACT: Duration = Duration::from_secs(25);

/// Name resolution, connecting and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

const KEY_ID_VARIABLE: &str = "B2_APPLICATION_KEY_ID";
const KEY_VARIABLE: &str = "B2_APPLICATION_KEY";
const USER_AGENT_VARIABLE: &str = "B2_USER_AGENT_APPEND";

/// What every command needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) output: Output,
    pub(crate) progress: Progress,
    pub(crate) interrupt: Interrupt,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        Self {
            output: Output::new(global.quiet, global.json, global.escape()),
            progress: Progress::new(!global.quiet && !global.no_progress && !global.json),
            interrupt: Interrupt::default(),
            global,
        }
    }

    /// A remark on standard error, unless it is to be quiet.
    pub(crate) fn remark(&self, text: impl AsRef<str>) {
        if !self.global.quiet {
            self.warn(text);
        }
    }

    /// A warning on standard error, quiet or not.
    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        let text = crate::output::escaped(text.as_ref(), false);
        crate::progress::past_the_bars(|| eprintln!("{text}"));
    }

    /// A client for the account: of the environment, in memory; or the one that is stored.
    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        match self.credentials_of_environment()? {
            Some(credentials) => self.client_in_memory(credentials).await,
            None => self.client_of_store().await,
        }
    }

    /// The bucket with this name.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Bucket, Failure> {
        Ok(self.client().await?.get_bucket_by_name(name).await?)
    }

    /// How long transfers go on without progress.
    pub(crate) fn patience(&self) -> RetryPolicy {
        let usual = RetryPolicy::default();
        match self.global.retry_for {
            Some(budget) => usual.budget(budget),
            None => usual,
        }
    }

    /// How long to wait for a first answer.
    pub(crate) fn first_patience(&self) -> RetryPolicy {
        let budget = self.global.retry_for.unwrap_or(FIRST_CONTACT);
        RetryPolicy::default().budget(budget)
    }

    /// The realm that was asked for, if any.
    pub(crate) fn realm(&self) -> Option<&str> {
        let realm = self.global.realm.as_deref();
        realm.filter(|realm| !realm.is_empty())
    }

    /// The file of the stored account.
    pub(crate) fn store(&self) -> Result<SqliteStore, Failure> {
        Ok(SqliteStore::new(account_info_path(self.global.profile.as_deref())?))
    }

    pub(crate) fn host(&self) -> Result<NativeHost, Failure> {
        let mut host = NativeHost::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent_suffix(concat!("b2-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(more) = variable(USER_AGENT_VARIABLE) {
            host = host.user_agent_suffix(more);
        }
        Ok(host.build()?)
    }

    /// The key in the environment, if there is one.
    pub(crate) fn credentials_of_environment(&self) -> Result<Option<Credentials>, Failure> {
        let (id, key) = match (variable(KEY_ID_VARIABLE), variable(KEY_VARIABLE)) {
            (None, None) => return Ok(None),
            (Some(id), Some(key)) => (id, key),
            (Some(_), None) => return Err(only_one(KEY_ID_VARIABLE, KEY_VARIABLE)),
            (None, Some(_)) => return Err(only_one(KEY_VARIABLE, KEY_ID_VARIABLE)),
        };
        if self.global.profile.is_some() {
            return Err(Failure::usage(format!(
                "give a profile, or a key in {KEY_ID_VARIABLE} and {KEY_VARIABLE}, not both"
            )));
        }
        Ok(Some(self.credentials(&id, &key)))
    }

    pub(crate) fn credentials(&self, id: &str, key: &str) -> Credentials {
        Credentials {
            realm: self.realm().unwrap_or("production").to_owned(),
            // A file or a prompt may have added the end of a line.
            application_key_id: id.trim().into(),
            application_key: Secret::new(key.trim()),
        }
    }

    /// A client to be, with what the flags say about hosts.
    pub(crate) fn builder(&self, host: NativeHost) -> b2_client::ClientBuilder<NativeHost> {
        Client::builder(host).allow_hosts(self.global.allow_hosts.iter().cloned())
    }

    /// Authorizes at once, and writes nothing anywhere.
    async fn client_in_memory(&self, credentials: Credentials) -> Result<Client, Failure> {
        let host = self.host()?;
        let first =
            self.builder(host.clone()).retry(self.first_patience()).authorize(credentials).await?;
        // Something has worked; from now on there is more patience.
        let memory = MemoryStore::new();
        if let Some(account) = first.account() {
            memory.save(&account).await?;
        }
        let client = self.builder(host).store(memory).retry(self.patience());
        Ok(client.build().await?)
    }

    async fn client_of_store(&self) -> Result<Client, Failure> {
        let client = self
            .builder(self.host()?)
            .store(self.store()?)
            .retry(self.first_patience())
            .build()
            .await?;
        if let (Some(account), Some(realm)) = (client.account(), self.realm())
            && !same_realm(&account.credentials.realm, realm)
        {
            return Err(Failure::told(format!(
                "the stored account is one of the realm {}, not of {realm}; run `b2 account authorize` for \
                 that realm, or leave out --realm and B2_ENVIRONMENT",
                account.credentials.realm
            )));
        }
        Ok(client)
    }
}

fn same_realm(one: &str, other: &str) -> bool {
    let url = |realm: &str| b2_proto::api::realm_url(realm).unwrap_or_else(|_| realm.to_owned());
    url(one) == url(other)
}

fn only_one(given: &str, missing: &str) -> Failure {
    Failure::told(format!(
        "{given} is set and {missing} is not; set both, or neither to use the stored account"
    ))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a path is there and is a folder.
pub(crate) fn is_folder(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}
