//! The account of a client.

use alloc::string::String;
use alloc::sync::Arc;

use b2_proto::account::{Authorization, BucketNames, Credentials, Snapshot, UploadUrl, UrlKey};
use b2_proto::model::BucketId;

use super::Client;
use crate::error::Error;
use crate::host::Host;
use crate::session::OnSaveError;

impl<H: Host> Client<H> {
    /// Authorizes an account and saves it in the store (`b2_authorize_account`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`](b2_proto::ErrorKind::WrongKey),
    /// [`ErrorKind::RestrictedBucketMissing`](b2_proto::ErrorKind::RestrictedBucketMissing), and the errors of the store.
    pub async fn authorize_account(&self, credentials: Credentials) -> Result<(), Error> {
        self.session.authorize(credentials).await?;
        self.session.save().await
    }

    /// Removes the account from the client, the store and the cache.
    ///
    /// # Errors
    ///
    /// The errors of the store.
    pub async fn clear_account(&self) -> Result<(), Error> {
        self.session.forget().await
    }

    /// Returns what the key may do and where its calls go; authorizes first if necessary.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) if no account is known, and the errors
    /// of `b2_authorize_account`.
    pub async fn authorization(&self) -> Result<Arc<Authorization>, Error> {
        Ok(self.session.clone().authorized(None, OnSaveError::Warn).await?.authorization)
    }

    /// Returns everything that is known of the account, or `None` if nothing is.
    #[must_use]
    pub fn account(&self) -> Option<Snapshot> {
        self.session.account().snapshot()
    }

    /// Returns whether the key is the account's master key.
    #[must_use]
    pub fn is_master_key(&self) -> bool {
        self.session.account().is_master_key()
    }

    /// Describes where the account is stored to a person.
    #[must_use]
    pub fn store_location(&self) -> String {
        self.session.store_location()
    }
}

/// The cached names of buckets. Errors of the cache are logged.
impl<H: Host> Client<H> {
    /// Returns the names of all buckets that are known, without a call.
    pub async fn cached_bucket_names(&self) -> BucketNames {
        self.session.bucket_names().await
    }

    /// Saves the name of a bucket in the cache.
    pub async fn save_bucket_name(&self, id: &BucketId, name: &str) {
        self.session.save_bucket(id, name).await;
    }

    /// Removes a bucket from the cache.
    pub async fn remove_bucket_name(&self, id: &BucketId) {
        self.session.remove_bucket(id).await;
    }

    /// Replaces all names in the cache by a complete list. [`list_buckets`](Self::list_buckets) does it too.
    pub async fn replace_bucket_names(&self, names: BucketNames) {
        self.session.replace_buckets(names).await;
    }
}

/// The pool of upload URLs, for callers that send uploads of their own. The client's uploads use the same pool.
impl<H: Host> Client<H> {
    /// Takes a free upload URL for exclusive use, if there is one.
    pub async fn take_upload_url(&self, key: &UrlKey) -> Option<UploadUrl> {
        self.session.take_upload_url(key).await
    }

    /// Puts an upload URL back after a successful upload.
    pub async fn put_upload_url(&self, key: UrlKey, url: UploadUrl) {
        self.session.put_upload_url(key, url).await;
    }

    /// Removes the free upload URLs of a bucket or a large file.
    ///
    /// # Errors
    ///
    /// The error of the store, if it keeps upload URLs.
    pub async fn clear_upload_urls(&self, key: &UrlKey) -> Result<(), Error> {
        self.session.clear_upload_urls(key).await
    }
}
