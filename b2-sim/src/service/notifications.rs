//! Event notification rules: stored and checked, never acted upon.

use serde_json::{Value, json};

use super::Service;
use super::dispatch::{Answer, Ask};
use crate::state::check_notifications;
use crate::wire::missing;

impl Service {
    pub(super) fn get_notification_rules(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("readBucketNotifications")?;
        let bucket_id = ask.params.text("bucketId")?;
        ask.key.need_bucket(bucket_id)?;
        let rules = &self.bucket(bucket_id)?.notifications;
        Ok(json!({ "bucketId": bucket_id, "eventNotificationRules": rules }))
    }

    pub(super) fn set_notification_rules(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("writeBucketNotifications")?;
        let bucket_id = ask.params.text("bucketId")?;
        let name = "eventNotificationRules";
        let rules: Vec<Value> = ask.params.maybe(name)?.ok_or_else(|| missing(name))?;
        let rules = check_notifications(&rules)?;
        ask.key.need_bucket(bucket_id)?;
        let bucket = self.bucket_mut(bucket_id)?;
        bucket.notifications = rules;
        Ok(json!({ "bucketId": bucket_id, "eventNotificationRules": bucket.notifications }))
    }
}
