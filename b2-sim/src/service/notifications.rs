//! Event notification rules, which are checked and stored, but send no notifications.

use serde_json::{Value, json};

use super::Service;
use super::context::{CallContext, CallResult};
use crate::state::check_notifications;
use crate::wire::missing;

impl Service {
    pub(super) fn get_notification_rules(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("readBucketNotifications")?;
        let bucket_id = call.params.text("bucketId")?;
        call.key.require_bucket(bucket_id)?;
        let rules = &self.bucket_of(&call.key, bucket_id)?.notifications;
        Ok(json!({ "bucketId": bucket_id, "eventNotificationRules": rules }))
    }

    pub(super) fn set_notification_rules(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeBucketNotifications")?;
        let bucket_id = call.params.text("bucketId")?;
        let name = "eventNotificationRules";
        let rules: Vec<Value> = call.params.optional(name)?.ok_or_else(|| missing(name))?;
        let rules = check_notifications(&rules)?;
        call.key.require_bucket(bucket_id)?;
        let bucket = self.bucket_mut_of(&call.key, bucket_id)?;
        bucket.notifications = rules;
        Ok(json!({ "bucketId": bucket_id, "eventNotificationRules": bucket.notifications }))
    }
}
