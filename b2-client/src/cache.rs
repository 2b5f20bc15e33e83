//! A cache of what B2 would have to be asked for otherwise: the names of buckets.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::future::ready;

use b2_proto::account::BucketNames;
use b2_proto::model::BucketId;

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::sync::Lock;

/// Caches which bucket has which name.
///
/// Without a cache the client keeps the names with the account, in the [`AccountStore`](crate::AccountStore) if it has
/// one. [`NoCache`] keeps nothing, [`MemoryCache`] keeps the names in memory, `b2-native` has a cache in a file, and
/// `b2-wasm` one in IndexedDB. A cache that fails costs a call to B2; the client logs the error and continues.
///
/// Bucket names are compared without regard to case, as B2 does.
pub trait Cache: fmt::Debug + MaybeSend + MaybeSync {
    /// Returns the id of the bucket with this name, if it is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AccountStore`](b2_proto::ErrorKind::AccountStore) if the cache cannot be used.
    fn bucket_id<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>>;

    /// Returns the name of the bucket with this id, if it is known.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn bucket_name<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<Option<String>, Error>>;

    /// Returns all names.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>>;

    /// Saves the name of a bucket. An older name of that bucket and an older bucket of that name are removed.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn save_bucket<'a>(
        &'a self,
        id: &'a BucketId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Removes a bucket: it was deleted, or B2 does not know its id.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn remove_bucket<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>>;

    /// Replaces all names by a complete list.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn replace_buckets<'a>(&'a self, names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>>;

    /// Removes everything: the client authorized another account.
    ///
    /// # Errors
    ///
    /// As for [`bucket_id`](Self::bucket_id).
    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { self.replace_buckets(&BucketNames::default()).await })
    }
}

/// A cache that keeps nothing: every lookup asks B2.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn bucket_id<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>> {
        Box::pin(ready(Ok(None)))
    }

    fn bucket_name<'a>(
        &'a self,
        _id: &'a BucketId,
    ) -> BoxFuture<'a, Result<Option<String>, Error>> {
        Box::pin(ready(Ok(None)))
    }

    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>> {
        Box::pin(ready(Ok(BucketNames::default())))
    }

    fn save_bucket<'a>(
        &'a self,
        _id: &'a BucketId,
        _name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(ready(Ok(())))
    }

    fn remove_bucket<'a>(&'a self, _id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(ready(Ok(())))
    }

    fn replace_buckets<'a>(&'a self, _names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(ready(Ok(())))
    }
}

/// A cache in memory. Several clients can share one in an `Arc`.
#[derive(Default)]
pub struct MemoryCache(Lock<BucketNames>);

impl MemoryCache {
    /// Returns an empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryCache")
    }
}

impl Cache for MemoryCache {
    fn bucket_id<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>> {
        let id = self.0.lock().id(name).cloned();
        Box::pin(ready(Ok(id)))
    }

    fn bucket_name<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<Option<String>, Error>> {
        let name = self.0.lock().name(id).map(ToOwned::to_owned);
        Box::pin(ready(Ok(name)))
    }

    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>> {
        let names = self.0.lock().clone();
        Box::pin(ready(Ok(names)))
    }

    fn save_bucket<'a>(
        &'a self,
        id: &'a BucketId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.0.lock().remember(id.clone(), name);
        Box::pin(ready(Ok(())))
    }

    fn remove_bucket<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>> {
        self.0.lock().forget(id);
        Box::pin(ready(Ok(())))
    }

    fn replace_buckets<'a>(&'a self, names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>> {
        self.0.lock().clone_from(names);
        Box::pin(ready(Ok(())))
    }
}

impl<C: Cache + ?Sized> Cache for Arc<C> {
    fn bucket_id<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>> {
        (**self).bucket_id(name)
    }

    fn bucket_name<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<Option<String>, Error>> {
        (**self).bucket_name(id)
    }

    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>> {
        (**self).bucket_names()
    }

    fn save_bucket<'a>(
        &'a self,
        id: &'a BucketId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        (**self).save_bucket(id, name)
    }

    fn remove_bucket<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>> {
        (**self).remove_bucket(id)
    }

    fn replace_buckets<'a>(&'a self, names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>> {
        (**self).replace_buckets(names)
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        (**self).clear()
    }
}
