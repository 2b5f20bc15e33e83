//! Application keys.

use std::time::Duration;

use b2_client::proto::api::CreateKey;
use b2_client::proto::model::Capability;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::client::Client;
use super::job::Job;
use super::listing::Listing;
use super::settings::Settings;

#[wasm_bindgen]
impl Client {
    /// Makes a key. `settings` is JSON. Ends with JSON of the key, which shows its secret this once.
    #[wasm_bindgen(js_name = createKey)]
    pub fn create_key(&self, name: String, settings: String) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let mut settings = Settings::read(&settings)?;
            let capabilities: Option<Vec<Capability>> = settings.take("capabilities")?;
            let mut call = CreateKey::new(name, capabilities.unwrap_or_default());
            call.valid_duration = settings.take("validSeconds")?.map(Duration::from_secs);
            call.bucket_ids = settings.take("bucketIds")?;
            call.name_prefix = settings.take("namePrefix")?;
            let made = client.create_key(call).await?;
            let mut json = made.key.to_json();
            json["applicationKey"] = Value::from(made.application_key.expose());
            Ok(json.to_string())
        })
    }

    /// All keys of the account.
    #[wasm_bindgen(js_name = listKeys)]
    #[must_use]
    pub fn list_keys(&self) -> Listing {
        Listing::new(self.inner.list_keys(), |key| key.to_json())
    }

    /// Deletes a key. Ends with JSON of it.
    #[wasm_bindgen(js_name = deleteKey)]
    pub fn delete_key(&self, id: String) -> Job {
        let client = self.inner.clone();
        Job::start(async move { Ok(client.delete_key(id.into()).await?.to_json().to_string()) })
    }
}
