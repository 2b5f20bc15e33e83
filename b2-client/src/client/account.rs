//! The account of a client.

use alloc::string::String;
use alloc::sync::Arc;

use b2_proto::account::{Authorization, Credentials, Snapshot};

use super::Client;
use crate::error::Error;
use crate::host::Host;
use crate::session::Unsaved;

impl<H: Host> Client<H> {
    /// Authorizes an account, and keeps it in the store (`b2_authorize_account`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongKey`](b2_proto::ErrorKind::WrongKey), [`ErrorKind::RestrictedBucketMissing`](b2_proto::ErrorKind::RestrictedBucketMissing), and what the store says.
    pub async fn authorize_account(&self, credentials: Credentials) -> Result<(), Error> {
        self.session.authorize(credentials).await?;
        self.session.save().await
    }

    /// Forgets the account, here and in the store.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn clear_account(&self) -> Result<(), Error> {
        self.session.forget().await
    }

    /// What the key may do and where its calls go; authorizes first if that is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingAccountData`](b2_proto::ErrorKind::MissingAccountData) if no account is known.
    pub async fn authorization(&self) -> Result<Arc<Authorization>, Error> {
        Ok(self.session.clone().authorized(None, Unsaved::Warns).await?.authorization)
    }

    /// All that is known of the account; `None` if nothing is.
    #[must_use]
    pub fn account(&self) -> Option<Snapshot> {
        self.session.account().snapshot()
    }

    /// Whether the key is the account's master key.
    #[must_use]
    pub fn is_master_key(&self) -> bool {
        self.session.account().is_master_key()
    }

    /// Where the account is kept, for a person.
    #[must_use]
    pub fn store_location(&self) -> String {
        self.session.store_location()
    }
}
