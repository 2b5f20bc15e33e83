//! Application keys.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::{AccountId, ApplicationKeyId, BucketId, Capability};
use crate::json::{FromJson, Json, Object, Place, read_object, serde_read};
use crate::secret::Secret;
use crate::time::Timestamp;

/// An application key, without the key itself, which B2 tells only once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApplicationKey {
    /// Its name; need not be unique.
    pub key_name: String,
    /// Its id.
    pub application_key_id: ApplicationKeyId,
    /// What it may do.
    pub capabilities: Vec<Capability>,
    /// Whose it is.
    pub account_id: AccountId,
    /// When it stops to work, if it does.
    pub expiration_timestamp: Option<Timestamp>,
    /// The only buckets it may use; `None` means all.
    pub bucket_ids: Option<Vec<BucketId>>,
    /// What the names of all files it may use start with.
    pub name_prefix: Option<String>,
    /// Such as `s3`.
    pub options: Vec<String>,
}

read_object! { ApplicationKey {
    key_name: "keyName",
    application_key_id: "applicationKeyId",
    capabilities: "capabilities",
    account_id: "accountId",
    expiration_timestamp: "expirationTimestamp",
    bucket_ids: "bucketIds",
    name_prefix: "namePrefix",
    options: "options" or default,
} }

impl ApplicationKey {
    /// Whether it may do all of these.
    #[must_use]
    pub fn has_capabilities(&self, capabilities: &[Capability]) -> bool {
        capabilities.iter().all(|capability| self.capabilities.contains(capability))
    }

    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let mut key = Object::new();
        key.add("keyName", &self.key_name);
        key.add("applicationKeyId", &self.application_key_id);
        key.add("capabilities", &self.capabilities);
        key.add("accountId", &self.account_id);
        key.add_some("expirationTimestamp", &self.expiration_timestamp);
        key.add_some("bucketIds", &self.bucket_ids);
        key.add_some("namePrefix", &self.name_prefix);
        if !self.options.is_empty() {
            key.add("options", &self.options);
        }
        key.into()
    }
}

/// An application key that was just created, with the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FullApplicationKey {
    /// What is known about it from now on.
    pub key: ApplicationKey,
    /// The key itself. B2 never tells it again.
    pub application_key: Secret,
}

impl FromJson for FullApplicationKey {
    fn from_json(place: &Place<'_>) -> Self {
        Self {
            key: ApplicationKey::from_json(place),
            application_key: place.read("applicationKey"),
        }
    }
}

serde_read!(FullApplicationKey);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_as_b2sdk_does_and_never_the_key() {
        let answer = json!({
            "keyName": "k", "applicationKeyId": "id", "applicationKey": "K001secret", "accountId": "acc",
            "capabilities": ["listFiles"], "bucketIds": ["b"], "namePrefix": null, "expirationTimestamp": 5,
            "options": null,
        });
        let full: FullApplicationKey = serde_json::from_value(answer).unwrap();
        assert_eq!(full.application_key.expose(), "K001secret");
        assert!(!format!("{full:?}").contains("secret"));
        assert!(full.key.has_capabilities(&[Capability::LIST_FILES]));
        assert!(!full.key.has_capabilities(&[Capability::LIST_FILES, Capability::LIST_KEYS]));
        assert_eq!(
            full.key.to_json(),
            json!({
                "keyName": "k", "applicationKeyId": "id", "capabilities": ["listFiles"], "accountId": "acc",
                "expirationTimestamp": 5, "bucketIds": ["b"],
            })
        );
    }
}
