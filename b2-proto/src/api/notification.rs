//! Event notification rules of a bucket.

use serde::{Deserialize, Serialize};

use super::{Endpoint, Repeat};
use crate::error::Error;
use crate::model::{BucketId, Capability, NotificationRule};

/// `b2_get_bucket_notification_rules`: which events B2 tells, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
}

/// The answer to [`GetBucketNotificationRules`] and [`SetBucketNotificationRules`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its rules, by name.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl Endpoint for GetBucketNotificationRules {
    type Response = BucketNotificationRules;
    const NAME: &'static str = "b2_get_bucket_notification_rules";
    const CAPABILITY: Capability = Capability::READ_BUCKET_NOTIFICATIONS;
    const REPEAT: Repeat = Repeat::Safe;
    const IN_QUERY: bool = true;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_set_bucket_notification_rules`: replaces all rules of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetBucketNotificationRules {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Its rules from now on; none ends all notifications.
    pub event_notification_rules: Vec<NotificationRule>,
}

impl Endpoint for SetBucketNotificationRules {
    type Response = BucketNotificationRules;
    const NAME: &'static str = "b2_set_bucket_notification_rules";
    const CAPABILITY: Capability = Capability::WRITE_BUCKET_NOTIFICATIONS;
    const REPEAT: Repeat = Repeat::Safe;

    fn validate(&self) -> Result<(), Error> {
        NotificationRule::check_all(&self.event_notification_rules)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}
