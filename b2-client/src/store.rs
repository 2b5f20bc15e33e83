//! Where an account is kept between runs.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::future::ready;

use b2_proto::account::{Account, Snapshot};

use crate::error::Error;
use crate::lock::Lock;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// Keeps one account: credentials, authorization, bucket names.
///
/// Safe for use by several processes at once, where it outlives one.
pub trait AccountStore: fmt::Debug + MaybeSend + MaybeSync {
    /// What is stored; `None` if nothing is.
    ///
    /// Fails with [`ErrorKind::CorruptAccountInfo`](b2_proto::ErrorKind::CorruptAccountInfo) for what cannot
    /// be read, [`ErrorKind::AccountStore`](b2_proto::ErrorKind::AccountStore) for a store that cannot be used.
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>>;

    /// Replaces what is stored.
    fn save<'a>(&'a self, snapshot: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>>;

    /// Removes what is stored.
    fn clear(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Where it is, for a person: a path, or a word.
    fn location(&self) -> String;
}

/// What a session needs of a store: one that keeps nothing loads nothing of how an account is kept.
pub(crate) trait Keeper: fmt::Debug + MaybeSend + MaybeSync {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>>;

    /// Stores what is to be kept of the account as it is now.
    fn keep(&self, account: &Lock<Account>) -> BoxFuture<'_, Result<(), Error>>;

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>>;

    fn location(&self) -> String;
}

impl<S: AccountStore> Keeper for S {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        AccountStore::load(self)
    }

    fn keep(&self, account: &Lock<Account>) -> BoxFuture<'_, Result<(), Error>> {
        let snapshot = account.lock().snapshot();
        Box::pin(async move {
            match snapshot {
                Some(snapshot) => self.save(&snapshot).await,
                None => AccountStore::clear(self).await,
            }
        })
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        AccountStore::clear(self)
    }

    fn location(&self) -> String {
        AccountStore::location(self)
    }
}

/// No store: the session itself has the account, as long as the process runs.
#[derive(Debug)]
pub(crate) struct Unkept;

impl Keeper for Unkept {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        Box::pin(ready(Ok(None)))
    }

    fn keep(&self, _account: &Lock<Account>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(ready(Ok(())))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(ready(Ok(())))
    }

    fn location(&self) -> String {
        MEMORY.to_owned()
    }
}

/// Where an account is that no store keeps.
const MEMORY: &str = "memory";

/// Keeps the account as long as the process runs, and writes nothing anywhere.
#[derive(Default)]
pub struct MemoryStore(Lock<Option<Snapshot>>);

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl AccountStore for MemoryStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        Box::pin(ready(Ok(self.0.lock().clone())))
    }

    fn save<'a>(&'a self, snapshot: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        *self.0.lock() = Some(snapshot.clone());
        Box::pin(ready(Ok(())))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        *self.0.lock() = None;
        Box::pin(ready(Ok(())))
    }

    fn location(&self) -> String {
        MEMORY.to_owned()
    }
}
