//! Application keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use b2_client::proto::api::{CreateKey, DeleteKey};
use b2_client::proto::json::{AsJson, Json};
use b2_client::proto::model::{ApplicationKey, Capability};
use wasm_bindgen::prelude::*;

use super::client::Client;
use super::job::Job;
use super::listing::Listing;
use super::settings;

#[wasm_bindgen]
impl Client {
    /// Makes a key. `settings` is JSON. Ends with JSON of the key, which shows its secret this once.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    #[wasm_bindgen(js_name = createKey)]
    pub fn create_key(&self, name: String, settings: &str) -> Result<Job, JsValue> {
        let call = settings::read(settings, |given| {
            let capabilities: Option<Vec<Capability>> = given.read("capabilities")?;
            let mut call = CreateKey::new(name, capabilities.unwrap_or_default());
            call.valid_duration = given.read::<Option<_>>("validSeconds")?.map(Duration::from_secs);
            call.bucket_ids = given.read("bucketIds")?;
            call.name_prefix = given.read("namePrefix")?;
            Ok(call)
        })?;
        Ok(self.ask(call, |made| {
            let mut key = made.key.to_tree();
            if let Json::Object(fields) = &mut key {
                fields.put("applicationKey", made.application_key.as_json());
            }
            key
        }))
    }

    /// All keys of the account.
    #[wasm_bindgen(js_name = listKeys)]
    #[must_use]
    pub fn list_keys(&self) -> Listing {
        Listing::new(self.inner.list_keys(), ApplicationKey::to_tree)
    }

    /// Deletes a key. Ends with JSON of it.
    #[wasm_bindgen(js_name = deleteKey)]
    pub fn delete_key(&self, id: String) -> Job {
        self.ask(DeleteKey { application_key_id: id.into() }, ApplicationKey::to_tree)
    }
}
