//! What a store keeps of an account.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::account::{Authorization, BucketNames};
use crate::encoding::null_as_default;
use crate::model::{AccountId, ApplicationKeyId};
use crate::secret::Secret;

/// An application key and the realm it belongs to: all that it takes to authorize.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// `production`, or the URL of a realm, as the user gave it.
    pub realm: String,
    /// The id of the key.
    pub application_key_id: ApplicationKeyId,
    /// The key.
    pub application_key: Secret,
}

/// What a store keeps of an account between runs.
///
/// Versioned and tolerant: what an older or a newer version wrote is read as far as it is understood; as
/// long as the credentials are, everything else can be had again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// How to authorize again.
    pub credentials: Credentials,
    /// The last authorization, which may have expired since.
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
