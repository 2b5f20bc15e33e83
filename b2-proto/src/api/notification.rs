//! Calls about the event notification rules of a bucket.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Idempotency, JsonEndpoint};
use crate::error::Error;
use crate::model::{BucketId, Capability, NotificationRule};

/// `b2_get_bucket_notification_rules`: returns the event notification rules of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
}

/// The response to [`GetBucketNotificationRules`] and [`SetBucketNotificationRules`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The rules, by name.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl JsonEndpoint for GetBucketNotificationRules {
    type Response = BucketNotificationRules;
    const NAME: &'static str = "b2_get_bucket_notification_rules";
    const CAPABILITY: Capability = Capability::READ_BUCKET_NOTIFICATIONS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;
    const IN_QUERY: bool = true;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_set_bucket_notification_rules`: replaces all rules of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The new rules. An empty list ends all notifications.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl JsonEndpoint for SetBucketNotificationRules {
    type Response = BucketNotificationRules;
    const NAME: &'static str = "b2_set_bucket_notification_rules";
    const CAPABILITY: Capability = Capability::WRITE_BUCKET_NOTIFICATIONS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        NotificationRule::check_all(&self.event_notification_rules)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::api::test::reply;
    use crate::api::test::{authorization, refused, sent};
    use crate::api::{Endpoint, Operation};
    use crate::http::Method;

    #[test]
    fn reading_is_a_get() {
        let get = GetBucketNotificationRules { bucket_id: "b&x".into() };
        let request = get.request(Some(&authorization())).unwrap();
        assert_eq!(request.head.method, Method::Get);
        let url =
            "https://api.example.com/b2api/v4/b2_get_bucket_notification_rules?bucketId=b%26x";
        assert_eq!(request.head.url, url);
        let answer = json!({"bucketId": "b", "eventNotificationRules": []});
        assert!(get.response(&reply(200, &answer)).unwrap().event_notification_rules.is_empty());
    }

    #[test]
    fn writing_replaces_all() {
        let set = SetBucketNotificationRules {
            bucket_id: "b".into(),
            event_notification_rules: Vec::new(),
        };
        assert_eq!(sent(&set).unwrap(), json!({"bucketId": "b", "eventNotificationRules": []}));
        assert_eq!(
            refused(&set, 400, "event_type_overlap", "").kind(),
            ErrorKind::EventTypeOverlap
        );
    }
}
