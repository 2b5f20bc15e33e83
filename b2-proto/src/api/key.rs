//! Calls that create, list and delete application keys.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::{Idempotency, JsonEndpoint, check_page, invalid};
use crate::encoding::{optional_seconds, shown};
use crate::error::Error;
use crate::model::{ApplicationKey, ApplicationKeyId, BucketId, Capability, FullApplicationKey};

/// 1,000 days.
const MAX_DURATION: Duration = Duration::from_secs(86_400_000);

/// `b2_create_key`: creates an application key. Only this response contains the key itself.
///
/// Not idempotent: names of keys are not unique, so a repeated call creates a second key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateKey {
    /// 1 to 100 ASCII letters, digits and `-`; need not be unique.
    pub key_name: String,
    /// The capabilities: at least one.
    pub capabilities: Vec<Capability>,
    /// The lifetime in whole seconds, at most 1,000 days. `None` is unlimited.
    #[serde(
        rename = "validDurationInSeconds",
        default,
        with = "optional_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_duration: Option<Duration>,
    /// The buckets to which the key is restricted. `None` is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_ids: Option<Vec<BucketId>>,
    /// The prefix of file names to which the key is restricted. Needs [`bucket_ids`](Self::bucket_ids).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
}

impl CreateKey {
    /// Creates the call for a key without expiration, for all buckets.
    #[must_use]
    pub fn new(
        key_name: impl Into<String>,
        capabilities: impl IntoIterator<Item = Capability>,
    ) -> Self {
        Self {
            key_name: key_name.into(),
            capabilities: capabilities.into_iter().collect(),
            valid_duration: None,
            bucket_ids: None,
            name_prefix: None,
        }
    }
}

impl JsonEndpoint for CreateKey {
    type Response = FullApplicationKey;
    const NAME: &'static str = "b2_create_key";
    const CAPABILITY: Capability = Capability::WRITE_KEYS;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;
    const NAMES_ACCOUNT: bool = true;

    fn validate(&self) -> Result<(), Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let name = self.key_name.as_str();
        if !(1..=100).contains(&name.len()) || !name.bytes().all(allowed) {
            let shown = shown(name);
            return Err(invalid(format!(
                "the key name '{shown}' is not 1 to 100 ASCII letters, digits and '-'"
            )));
        }
        if self.capabilities.is_empty() {
            return Err(invalid("a key without capabilities is of no use; give at least one"));
        }
        if self.bucket_ids.as_ref().is_some_and(Vec::is_empty) {
            return Err(invalid(
                "the list of buckets is empty; leave it out for a key to all buckets",
            ));
        }
        match self.valid_duration {
            Some(duration) if duration < Duration::from_secs(1) || duration > MAX_DURATION => {
                Err(invalid("a key is valid for 1 to 86400000 seconds (1000 days)"))
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> Option<String> {
        Some(self.key_name.clone())
    }
}

/// `b2_list_keys`: lists one page of the application keys of the account, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListKeys {
    /// The maximum number of entries: 1 to 10,000; `None` is 100. B2 bills one call for each 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_key_count: Option<u32>,
    /// The first key of the page, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_application_key_id: Option<ApplicationKeyId>,
}

/// The response to [`ListKeys`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "KeysPageJson")]
#[non_exhaustive]
pub struct KeysPage {
    /// The keys. A page that is short or empty need not be the last.
    pub keys: Vec<ApplicationKey>,
    /// The start of the next page; `None` after the last.
    pub next_application_key_id: Option<ApplicationKeyId>,
    /// An error for each entry that cannot be read, with its name if that is known.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeysPageJson {
    keys: Entries<ApplicationKey>,
    next_application_key_id: Option<ApplicationKeyId>,
}

impl From<KeysPageJson> for KeysPage {
    fn from(json: KeysPageJson) -> Self {
        let Entries { entries, unreadable } = json.keys;
        Self { keys: entries, unreadable, next_application_key_id: json.next_application_key_id }
    }
}

impl JsonEndpoint for ListKeys {
    type Response = KeysPage;
    const NAME: &'static str = "b2_list_keys";
    const CAPABILITY: Capability = Capability::LIST_KEYS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;
    const NAMES_ACCOUNT: bool = true;

    fn validate(&self) -> Result<(), Error> {
        check_page("maxKeyCount", self.max_key_count, 10_000)
    }
}

/// `b2_delete_key`: deletes an application key.
///
/// A repeated call fails with [`ErrorKind::BadRequest`](crate::ErrorKind::BadRequest), because the key is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteKey {
    /// The key.
    pub application_key_id: ApplicationKeyId,
}

impl JsonEndpoint for DeleteKey {
    type Response = ApplicationKey;
    const NAME: &'static str = "b2_delete_key";
    const CAPABILITY: Capability = Capability::DELETE_KEYS;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;

    fn subject(&self) -> Option<String> {
        Some(self.application_key_id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::api::test::sent;

    #[test]
    fn sends_whole_seconds() {
        let mut create = CreateKey::new("backup", [Capability::READ_FILES]);
        create.valid_duration = Some(Duration::from_millis(60_500));
        create.bucket_ids = Some(vec!["b".into()]);
        assert_eq!(
            sent(&create).unwrap(),
            json!({
                "accountId": "acc", "keyName": "backup", "capabilities": ["readFiles"],
                "validDurationInSeconds": 60, "bucketIds": ["b"],
            })
        );
        let delete = DeleteKey { application_key_id: "id".into() };
        assert_eq!(sent(&delete).unwrap(), json!({"applicationKeyId": "id"}));
    }

    #[test]
    fn refuses_what_b2_would() {
        let rows: [fn(&mut CreateKey); 7] = [
            |key| key.key_name.clear(),
            |key| key.key_name = "a_b".to_owned(),
            |key| key.key_name = "k".repeat(101),
            |key| key.capabilities.clear(),
            |key| key.bucket_ids = Some(Vec::new()),
            |key| key.valid_duration = Some(Duration::from_millis(999)),
            |key| key.valid_duration = Some(Duration::from_secs(86_400_001)),
        ];
        for change in rows {
            let mut create = CreateKey::new("backup", [Capability::READ_FILES]);
            change(&mut create);
            assert_eq!(sent(&create).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        let mut list = ListKeys::default();
        assert_eq!(sent(&list).unwrap(), json!({"accountId": "acc"}));
        list.max_key_count = Some(10_001);
        assert_eq!(sent(&list).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
