//! Account info: where credentials and the authorization are kept between runs.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::ready;

use b2_proto::account::{Snapshot, UploadUrl, UrlKey};

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::sync::Lock;

/// Stores one account: its credentials, its authorization and the names of its buckets.
///
/// [`MemoryStore`] keeps them in memory; `b2-native` has a store in a JSON file and one in the SQLite file of
/// Backblaze's own tool. A store that outlives the process must be safe for use by several processes at once.
///
/// ```
/// use std::sync::Mutex;
///
/// use b2_client::proto::account::Snapshot;
/// use b2_client::{AccountStore, BoxFuture, Error};
///
/// /// Keeps the account in a field of an application's own state.
/// #[derive(Debug, Default)]
/// struct AppState(Mutex<Option<Snapshot>>);
///
/// impl AccountStore for AppState {
///     fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
///         Box::pin(async { Ok(self.0.lock().unwrap().clone()) })
///     }
///
///     fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
///         Box::pin(async {
///             *self.0.lock().unwrap() = Some(account.clone());
///             Ok(())
///         })
///     }
///
///     fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
///         Box::pin(async {
///             *self.0.lock().unwrap() = None;
///             Ok(())
///         })
///     }
///
///     fn location(&self) -> String {
///         "the application's state".to_owned()
///     }
/// }
/// ```
pub trait AccountStore: fmt::Debug + MaybeSend + MaybeSync {
    /// Returns the stored account, or `None` if nothing is stored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptAccountInfo`](b2_proto::ErrorKind::CorruptAccountInfo) if the stored data cannot be read,
    /// [`ErrorKind::AccountStore`](b2_proto::ErrorKind::AccountStore) if the store cannot be used.
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>>;

    /// Replaces the stored account.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>>;

    /// Removes the stored account.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    fn clear(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Describes the place to a person: a path, or a word.
    fn location(&self) -> String;

    /// Returns the upload URLs that the store keeps. By default it keeps none, and the client keeps them in memory.
    fn upload_urls(&self) -> Option<&dyn UploadUrlStore> {
        None
    }
}

/// Stores upload URLs that are not in use.
///
/// B2 lets one upload at a time use an upload URL, so a URL leaves the store while it is in use and comes back after a
/// successful upload. A store that fails costs a request for a new URL.
pub trait UploadUrlStore: MaybeSend + MaybeSync {
    /// Adds a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AccountStore`](b2_proto::ErrorKind::AccountStore) if the store cannot be used.
    fn put(&self, key: UrlKey, url: UploadUrl) -> BoxFuture<'_, Result<(), Error>>;

    /// Removes and returns a URL, for exclusive use. `None` if there is none.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    fn take<'a>(&'a self, key: &'a UrlKey) -> BoxFuture<'a, Result<Option<UploadUrl>, Error>>;

    /// Removes the URLs of one bucket or large file, or all URLs if `key` is `None`.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    fn clear<'a>(&'a self, key: Option<&'a UrlKey>) -> BoxFuture<'a, Result<(), Error>>;
}

/// Describes the place of an account to a person.
pub(crate) fn location(store: Option<&dyn AccountStore>) -> String {
    store.map_or_else(|| MEMORY.to_owned(), AccountStore::location)
}

/// The location of an account that is in memory only.
const MEMORY: &str = "memory";

/// Stores the account in memory, as long as the store exists.
#[derive(Default)]
pub struct MemoryStore(Lock<Option<Snapshot>>);

impl MemoryStore {
    /// Returns an empty store.
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

    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        *self.0.lock() = Some(account.clone());
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

impl<S: AccountStore + ?Sized> AccountStore for Arc<S> {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        (**self).load()
    }

    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        (**self).save(account)
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        (**self).clear()
    }

    fn location(&self) -> String {
        (**self).location()
    }

    fn upload_urls(&self) -> Option<&dyn UploadUrlStore> {
        (**self).upload_urls()
    }
}
