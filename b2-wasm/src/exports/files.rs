//! Describing, hiding and deleting files.

use alloc::string::String;
use core::time::Duration;

use b2_client::proto::api::{
    DeleteFileVersion, DownloadAuthorization, GetDownloadAuthorization, GetFileInfo, HideFile,
};
use futures::TryFutureExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::job::Job;
use super::shapes::{DownloadVersion, FileIdAndName, FileVersion, json};

#[wasm_bindgen]
impl Client {
    /// Resolves to JSON of what the account may do.
    pub fn capabilities(&self) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let authorization = client.authorization().await?;
            Ok(json(&authorization.allowed.capabilities).into())
        })
    }

    /// Describes a file version. Resolves to JSON of it.
    #[wasm_bindgen(js_name = fileInfo)]
    pub fn file_info(&self, file_id: String) -> Job {
        let call = GetFileInfo { file_id: file_id.into() };
        self.call(call, |file| json(&FileVersion::from(file)))
    }

    /// Deletes one version. Resolves to JSON of its name and id.
    #[wasm_bindgen(js_name = deleteVersion)]
    pub fn delete_version(&self, name: String, file_id: String, bypass_governance: bool) -> Job {
        let mut call = DeleteFileVersion::new(file_id.into(), name);
        call.bypass_governance = bypass_governance;
        self.call(call, |deleted| json(&FileIdAndName::from(deleted)))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Describes the current version of a name. Resolves to JSON of it.
    pub fn head(&self, name: String) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move {
            let file = bucket.get_file_info_by_name(&name).await?;
            Ok(json(&DownloadVersion::from(&file)).into())
        })
    }

    /// Hides a file. Resolves to JSON of the hide marker.
    pub fn hide(&self, name: String) -> Job {
        let call = HideFile { bucket_id: self.inner.id().clone(), file_name: name };
        self.client().call(call, |marker| json(&FileVersion::from(marker)))
    }

    /// Deletes the hide marker of a file, in spite of governance mode if asked to. Resolves to JSON of the marker's name
    /// and id.
    pub fn unhide(&self, name: String, bypass_governance: bool) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move {
            let deleted = bucket.unhide_file(&name, bypass_governance).await?;
            Ok(json(&FileIdAndName::from(&deleted)).into())
        })
    }

    /// Resolves to the URL of the current version of a name; with `seconds`, to one that is authorized for so long.
    #[wasm_bindgen(js_name = downloadUrl)]
    pub fn download_url(&self, name: String, seconds: Option<f64>) -> Job {
        let bucket = self.inner.clone();
        Job::start(async move {
            let url = bucket.download_url(&name, seconds.map(duration)).await;
            url.map(JsValue::from)
        })
    }

    /// Resolves to a token that downloads files whose names start with `prefix`.
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
