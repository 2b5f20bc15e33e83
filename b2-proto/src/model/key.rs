//! Application keys.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::file::insert_some;
use super::readable::null_default;
use super::{AccountId, ApplicationKeyId, BucketId, Capability};
use crate::secret::Secret;
use crate::time::Timestamp;

/// An application key, without the key itself, which B2 tells only once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    #[serde(default, deserialize_with = "null_default")]
    pub options: Vec<String>,
}

impl ApplicationKey {
    /// Whether it may do all of these.
    #[must_use]
    pub fn has_capabilities(&self, capabilities: &[Capability]) -> bool {
        capabilities.iter().all(|capability| self.capabilities.contains(capability))
    }

    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("keyName".to_owned(), json!(self.key_name));
        map.insert("applicationKeyId".to_owned(), json!(self.application_key_id));
        map.insert("capabilities".to_owned(), json!(self.capabilities));
        map.insert("accountId".to_owned(), json!(self.account_id));
        insert_some(&mut map, "expirationTimestamp", self.expiration_timestamp.as_ref());
        insert_some(&mut map, "bucketIds", self.bucket_ids.as_ref());
        insert_some(&mut map, "namePrefix", self.name_prefix.as_ref());
        let options = Some(&self.options).filter(|options| !options.is_empty());
        insert_some(&mut map, "options", options);
        Value::Object(map)
    }
}

/// An application key that was just created, with the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FullApplicationKey {
    /// What is known about it from now on.
    #[serde(flatten)]
    pub key: ApplicationKey,
    /// The key itself. B2 never tells it again.
    pub application_key: Secret,
}

#[cfg(test)]
mod tests {
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
