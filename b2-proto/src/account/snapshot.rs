//! The stored state of an account.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::account::{Authorization, BucketNames};
use crate::encoding::null_as_default;
use crate::model::{AccountId, ApplicationKeyId};
use crate::secret::Secret;

/// An application key and its realm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// `production`, or the URL of a realm.
    pub realm: String,
    /// The id of the key.
    pub application_key_id: ApplicationKeyId,
    /// The key.
    pub application_key: Secret,
}

/// A copy of the state of an account, which a store keeps between runs. The [`Account`](super::Account) owns the state.
///
/// Snapshots of older and newer versions of this crate are read; unknown fields are ignored. Only the credentials are
/// required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The credentials, for the next authorization.
    pub credentials: Credentials,
    /// The last authorization, which may have expired.
    pub authorization: Option<Authorization>,
    /// The names of buckets.
    #[serde(default, deserialize_with = "null_as_default")]
    pub buckets: BucketNames,
}

impl Snapshot {
    /// Returns whether this is the account with this id at this realm. Without an authorization it is not known.
    #[must_use]
    pub fn is_same_account(&self, account_id: &AccountId, realm: &str) -> bool {
        let known = self.authorization.as_ref().map(|authorization| &authorization.account_id);
        known == Some(account_id) && self.credentials.realm == realm
    }

    /// Returns whether the account was authorized with this key at this realm.
    #[must_use]
    pub fn is_same_key(&self, id: &ApplicationKeyId, realm: &str) -> bool {
        self.credentials.application_key_id == *id && self.credentials.realm == realm
    }
}
