//! Creating, changing and listing buckets.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use b2_client::proto::api::{
    BucketNotificationRules, CreateBucket, GetBucketNotificationRules, SetBucketNotificationRules,
    UpdateBucket,
};
use b2_client::proto::model::{self, BucketRetention, BucketType, CorsRule, LifecycleRule};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::error::report;
use super::job::{Job, nothing};
use super::options;
use super::properties::Encryption;
use super::shapes::{BucketState, NotificationRule, json, list};

/// The options of `createBucket`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewBucket {
    bucket_info: Option<BTreeMap<String, String>>,
    cors_rules: Option<Vec<CorsRule>>,
    lifecycle_rules: Option<Vec<LifecycleRule>>,
    default_server_side_encryption: Option<Encryption>,
    file_lock_enabled: Option<bool>,
}

/// The settings that `update` changes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BucketChanges {
    bucket_type: Option<BucketType>,
    bucket_info: Option<BTreeMap<String, String>>,
    cors_rules: Option<Vec<CorsRule>>,
    lifecycle_rules: Option<Vec<LifecycleRule>>,
    default_server_side_encryption: Option<Encryption>,
    default_retention: Option<BucketRetention>,
    file_lock_enabled: Option<bool>,
    if_revision_is: Option<u64>,
}

fn state(bucket: &model::BucketInfo) -> String {
    json(&BucketState::from(bucket))
}

fn shown_rules(response: &BucketNotificationRules) -> String {
    list(response.event_notification_rules.iter().map(NotificationRule::from))
}

#[wasm_bindgen]
impl Client {
    /// Lists all buckets that the key may see. Resolves to JSON of a list.
    ///
    /// A bucket whose description cannot be read is left out, with a warning on the console.
    #[wasm_bindgen(js_name = listBuckets)]
    pub fn list_buckets(&self) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let mut buckets = Vec::new();
            for bucket in client.list_buckets().each().await? {
                match bucket {
                    Ok(bucket) => buckets.push(bucket),
                    Err(error) => web_sys::console::warn_1(&report(error.data())),
                }
            }
            let infos = buckets.iter().filter_map(b2_client::Bucket::info);
            Ok(list(infos.map(BucketState::from)).into())
        })
    }

    /// Creates a bucket. `settings` is JSON. Resolves to JSON of the bucket.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    #[wasm_bindgen(js_name = createBucket)]
    pub fn create_bucket(
        &self,
        name: String,
        public: bool,
        settings: &str,
    ) -> Result<Job, JsValue> {
        let settings: NewBucket =
            options::parse("the settings", settings).map_err(|e| report(e.data()))?;
        let kind = if public { BucketType::AllPublic } else { BucketType::AllPrivate };
        let mut call = CreateBucket::new(name, kind);
        call.bucket_info = settings.bucket_info;
        call.cors_rules = settings.cors_rules;
        call.lifecycle_rules = settings.lifecycle_rules;
        call.default_server_side_encryption =
            settings.default_server_side_encryption.map(|Encryption(encryption)| encryption);
        call.file_lock_enabled = settings.file_lock_enabled;
        let client = self.inner.clone();
        Ok(Job::start(async move {
            let bucket = client.create_bucket(call).await?;
            Ok(bucket.info().map_or(JsValue::UNDEFINED, |info| state(info).into()))
        }))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Describes the bucket as it is now. Resolves to JSON of it.
    pub fn state(&self) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move { Ok(state(&bucket.get_fresh_state().await?).into()) })
    }

    /// Changes settings, given as JSON. Resolves to JSON of the bucket.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    pub fn update(&self, settings: &str) -> Result<Job, JsValue> {
        let settings: BucketChanges =
            options::parse("the settings", settings).map_err(|error| report(error.data()))?;
        let mut call = UpdateBucket::new(self.inner.id().clone());
        call.bucket_type = settings.bucket_type;
        call.bucket_info = settings.bucket_info;
        call.cors_rules = settings.cors_rules;
        call.lifecycle_rules = settings.lifecycle_rules;
        call.default_server_side_encryption =
            settings.default_server_side_encryption.map(|Encryption(encryption)| encryption);
        call.default_retention = settings.default_retention;
        call.file_lock_enabled = settings.file_lock_enabled;
        call.if_revision_is = settings.if_revision_is;
        Ok(self.client().call(call, state))
    }

    /// Resolves to JSON of the event notification rules.
    #[wasm_bindgen(js_name = notificationRules)]
    pub fn notification_rules(&self) -> Job {
        let call = GetBucketNotificationRules { bucket_id: self.inner.id().clone() };
        self.client().call(call, shown_rules)
    }

    /// Replaces the event notification rules, given as JSON of a list. Resolves to JSON of the new ones.
    ///
    /// # Errors
    ///
    /// The data of an error, if a rule cannot be read.
    #[wasm_bindgen(js_name = setNotificationRules)]
    pub fn set_notification_rules(&self, rules: &str) -> Result<Job, JsValue> {
        let event_notification_rules =
            options::parse("the rules", rules).map_err(|error| report(error.data()))?;
        let bucket_id = self.inner.id().clone();
        let call = SetBucketNotificationRules { bucket_id, event_notification_rules };
        Ok(self.client().call(call, shown_rules))
    }

    /// Deletes the bucket, which must hold no file versions. Resolves to `undefined`.
    pub fn delete(&self) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move { bucket.client().delete_bucket(bucket.id()).await.map(nothing) })
    }
}
