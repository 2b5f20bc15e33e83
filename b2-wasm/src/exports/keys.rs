//! Application keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use b2_client::proto::api::{CreateKey, DeleteKey};
use b2_client::proto::model::{BucketId, Capability};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::client::Client;
use super::error::report;
use super::job::Job;
use super::listing::Listing;
use super::options;
use super::shapes::{ApplicationKey, json, list};

/// The options of `createKey`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewKey {
    capabilities: Option<Vec<Capability>>,
    valid_seconds: Option<u64>,
    bucket_ids: Option<Vec<BucketId>>,
    name_prefix: Option<String>,
}

#[wasm_bindgen]
impl Client {
    /// Creates a key. `settings` is JSON. Resolves to JSON of the key, with its secret.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    #[wasm_bindgen(js_name = createKey)]
    pub fn create_key(&self, name: String, settings: &str) -> Result<Job, JsValue> {
        let settings: NewKey =
            options::parse("the settings", settings).map_err(|error| report(error.data()))?;
        let mut call = CreateKey::new(name, settings.capabilities.unwrap_or_default());
        call.valid_duration = settings.valid_seconds.map(Duration::from_secs);
        call.bucket_ids = settings.bucket_ids;
        call.name_prefix = settings.name_prefix;
        Ok(self.call(call, |created| json(&ApplicationKey::from(created))))
    }

    /// Lists all keys of the account.
    #[wasm_bindgen(js_name = listKeys)]
    #[must_use]
    pub fn list_keys(&self) -> Listing {
        Listing::new(self.inner.list_keys().into_listing(), |keys| {
            list(keys.iter().map(ApplicationKey::from))
        })
    }

    /// Deletes a key. Resolves to JSON of it.
    #[wasm_bindgen(js_name = deleteKey)]
    pub fn delete_key(&self, id: String) -> Job {
        let call = DeleteKey { application_key_id: id.into() };
        self.call(call, |key| json(&ApplicationKey::from(key)))
    }
}
