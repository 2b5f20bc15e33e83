//! Application keys.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{AccountId, ApplicationKeyId, BucketId, Capability};
use crate::encoding::null_as_default;
use crate::secret::Secret;
use crate::time::Timestamp;

/// An application key without its secret (`b2_list_keys`, `b2_delete_key`).
///
/// ```
/// use b2_proto::model::{ApplicationKey, Capability};
///
/// let key: ApplicationKey = serde_json::from_str(
///     r#"{"keyName": "reader", "applicationKeyId": "0014aec2", "accountId": "4aec2",
///         "capabilities": ["listFiles", "readFiles"], "namePrefix": "public/"}"#,
/// )?;
/// assert!(key.has_capabilities(&[Capability::READ_FILES]));
/// assert_eq!(key.name_prefix.as_deref(), Some("public/"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApplicationKey {
    /// The name, which need not be unique.
    pub key_name: String,
    /// The id.
    pub application_key_id: ApplicationKeyId,
    /// The capabilities.
    pub capabilities: Vec<Capability>,
    /// The account that owns the key.
    pub account_id: AccountId,
    /// The time at which the key expires, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_timestamp: Option<Timestamp>,
    /// The buckets to which the key is restricted, or `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_ids: Option<Vec<BucketId>>,
    /// The prefix of file names to which the key is restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// Options of the key, such as `s3`.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

impl ApplicationKey {
    /// Returns whether the key has all of these capabilities.
    #[must_use]
    pub fn has_capabilities(&self, capabilities: &[Capability]) -> bool {
        capabilities.iter().all(|capability| self.capabilities.contains(capability))
    }
}

/// A new application key with its secret (`b2_create_key`). Serializing it writes the secret in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "FullKeyFields")]
#[non_exhaustive]
pub struct FullApplicationKey {
    /// The key without its secret.
    #[serde(flatten)]
    pub key: ApplicationKey,
    /// The secret, which B2 returns only once.
    pub application_key: Secret,
}

/// The JSON object of a [`FullApplicationKey`]. It repeats the fields because errors in flattened fields name no field.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct FullKeyFields {
    application_key: Secret,
    key_name: String,
    application_key_id: ApplicationKeyId,
    capabilities: Vec<Capability>,
    account_id: AccountId,
    expiration_timestamp: Option<Timestamp>,
    bucket_ids: Option<Vec<BucketId>>,
    name_prefix: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    options: Vec<String>,
}

impl From<FullKeyFields> for FullApplicationKey {
    fn from(fields: FullKeyFields) -> Self {
        let key = ApplicationKey {
            key_name: fields.key_name,
            application_key_id: fields.application_key_id,
            capabilities: fields.capabilities,
            account_id: fields.account_id,
            expiration_timestamp: fields.expiration_timestamp,
            bucket_ids: fields.bucket_ids,
            name_prefix: fields.name_prefix,
            options: fields.options,
        };
        Self { key, application_key: fields.application_key }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_full_key_contains_the_secret() {
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
            serde_json::to_value(&full.key).unwrap(),
            json!({
                "keyName": "k", "applicationKeyId": "id", "capabilities": ["listFiles"], "accountId": "acc",
                "expirationTimestamp": 5, "bucketIds": ["b"],
            })
        );
        for options in [json!(null), json!(["s3"])] {
            let mut written = serde_json::to_value(&full).unwrap();
            assert_eq!(written["applicationKey"], "K001secret");
            written["options"] = options;
            let full: FullApplicationKey = serde_json::from_value(written).unwrap();
            let again = serde_json::to_value(&full).unwrap();
            assert_eq!(serde_json::from_value::<FullApplicationKey>(again).unwrap(), full);
        }
    }
}
