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

/// A store that takes what is to be kept of an account from it. Where there is no store, nobody loads how that is done.
pub(crate) trait Keeper: AccountStore {
    /// Stores the account as it is now.
    fn keep(&self, account: &Lock<Account>) -> BoxFuture<'_, Result<(), Error>>;
}

impl<S: AccountStore> Keeper for S {
    fn keep(&self, account: &Lock<Account>) -> BoxFuture<'_, Result<(), Error>> {
        let snapshot = account.lock().snapshot();
        Box::pin(async move {
            match snapshot {
                Some(snapshot) => self.save(&snapshot).await,
                None => self.clear().await,
            }
        })
    }
}

/// Where an account is kept, for a person.
pub(crate) fn location(store: Option<&dyn Keeper>) -> String {
    store.map_or_else(|| MEMORY.to_owned(), AccountStore::location)
}

/// Where an account is that outlives nothing.
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
