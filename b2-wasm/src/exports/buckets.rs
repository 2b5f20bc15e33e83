//! Making, changing and listing buckets.

use alloc::string::String;

use b2_client::proto::api::{CreateBucket, UpdateBucket};
use b2_client::proto::json::Json;
use b2_client::proto::model::{self, BucketType};
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client, json, nothing};
use super::job::Job;
use super::settings;

#[wasm_bindgen]
impl Client {
    /// All buckets that the key may see. Ends with JSON of a list.
    #[wasm_bindgen(js_name = listBuckets)]
    pub fn list_buckets(&self) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let buckets = client.list_buckets().await?;
            Ok(json(&Json::List(buckets.iter().map(model::Bucket::to_tree).collect())))
        })
    }

    /// Makes a bucket. `settings` is JSON. Ends with JSON of the bucket.
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
        let client = self.inner.clone();
        let kind = if public { BucketType::AllPublic } else { BucketType::AllPrivate };
        let call = settings::read(settings, |given| {
            let mut call = CreateBucket::new(name, kind);
            call.bucket_info = given.read("bucketInfo")?;
            call.cors_rules = given.read("corsRules")?;
            call.lifecycle_rules = given.read("lifecycleRules")?;
            call.file_lock_enabled = given.read("fileLockEnabled")?;
            Ok(call)
        })?;
        Ok(Job::start(async move { Ok(json(&client.create_bucket(call).await?.to_tree())) }))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Everything about the bucket, as it is now. Ends with JSON of it.
    pub fn state(&self) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move { Ok(json(&bucket.get_fresh_state().await?.to_tree())) })
    }

    /// Changes settings, given as JSON. Ends with JSON of the bucket.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    pub fn update(&self, settings: &str) -> Result<Job, JsValue> {
        let call = settings::read(settings, |given| {
            let mut call = UpdateBucket::new(self.inner.id().clone());
            call.bucket_type = given.read("bucketType")?;
            call.bucket_info = given.read("bucketInfo")?;
            call.cors_rules = given.read("corsRules")?;
            call.lifecycle_rules = given.read("lifecycleRules")?;
            call.if_revision_is = given.read("ifRevisionIs")?;
            Ok(call)
        })?;
        Ok(self.client().ask(call, model::Bucket::to_tree))
    }

    /// Deletes the bucket, which must hold no file versions. Ends with `undefined`.
    pub fn delete(&self) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move { bucket.client().delete_bucket(bucket.id()).await.map(nothing) })
    }
}
