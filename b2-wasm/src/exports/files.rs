//! Looking at files, hiding and deleting them.

use alloc::string::String;
use core::time::Duration;

use b2_client::proto::api::{
    DeleteFileVersion, DownloadAuthorization, GetDownloadAuthorization, GetFileInfo, HideFile,
};
use b2_client::proto::json::AsJson;
use b2_client::proto::model::{FileIdAndName, FileVersion};
use futures::TryFutureExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client, json};
use super::job::Job;

#[wasm_bindgen]
impl Client {
    /// Everything about a file version. Ends with JSON of it.
    #[wasm_bindgen(js_name = fileInfo)]
    pub fn file_info(&self, file_id: String) -> Job {
        self.ask(GetFileInfo { file_id: file_id.into() }, FileVersion::to_tree)
    }

    /// Deletes one version for good. Ends with JSON of its name and id.
    #[wasm_bindgen(js_name = deleteVersion)]
    pub fn delete_version(&self, name: String, file_id: String, bypass_governance: bool) -> Job {
        let mut call = DeleteFileVersion::new(file_id.into(), name);
        call.bypass_governance = bypass_governance;
        self.ask(call, FileIdAndName::as_json)
    }
}

#[wasm_bindgen]
impl Bucket {
    /// What B2 says about the current version of a name. Ends with JSON of it.
    pub fn head(&self, name: String) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move { Ok(json(&bucket.get_file_info_by_name(&name).await?.to_tree())) })
    }

    /// Hides a file. Ends with JSON of the marker.
    pub fn hide(&self, name: String) -> Job {
        let call = HideFile { bucket_id: self.inner.id().clone(), file_name: name };
        self.client().ask(call, FileVersion::to_tree)
    }

    /// Shows a hidden file again. Ends with JSON of the deleted marker's name and id.
    pub fn unhide(&self, name: String) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move {
            let deleted = bucket.unhide_file(&name).await?;
            Ok(json(&deleted.as_json()))
        })
    }

    /// The URL of the current version of a name; with `seconds`, one that downloads that long without
    /// anything else. Ends with it.
    #[wasm_bindgen(js_name = downloadUrl)]
    pub fn download_url(&self, name: String, seconds: Option<f64>) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move {
            let url = bucket.download_url(&name, seconds.map(duration)).await;
            url.map(JsValue::from)
        })
    }

    /// A token that downloads files whose names start with `prefix`. Ends with it.
    #[wasm_bindgen(js_name = downloadAuthorization)]
    pub fn download_authorization(&self, prefix: String, seconds: f64) -> Job {
        let id = self.inner.id().clone();
        let call = GetDownloadAuthorization::new(id, prefix, duration(seconds));
        let token = |answer: DownloadAuthorization| answer.authorization_token.expose().into();
        Job::start(self.inner.client().call(call).map_ok(token))
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::from_secs(seconds.max(0.0) as u64)
}
