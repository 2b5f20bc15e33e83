//! Describing, hiding and deleting files.

use alloc::string::String;
use core::time::Duration;

use b2_client::proto::api::{
    DeleteFileVersion, DownloadAuthorization, GetDownloadAuthorization, GetFileInfo, HideFile,
    UpdateFileLegalHold, UpdateFileRetention,
};
use b2_client::proto::model::LegalHold;
use futures::TryFutureExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::error::report;
use super::job::{Job, nothing};
use super::options;
use super::properties::{Encryption, Retention};
use super::shapes::{
    DownloadVersion, FileIdAndName, FileVersion, Retention as ShownRetention, json,
};

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

    /// Changes the retention of a file version; `retention` is JSON. Resolves to JSON of the retention.
    ///
    /// # Errors
    ///
    /// The data of an error, if the retention cannot be read.
    #[wasm_bindgen(js_name = updateRetention)]
    pub fn update_retention(
        &self,
        name: String,
        file_id: String,
        retention: &str,
        bypass_governance: bool,
    ) -> Result<Job, JsValue> {
        let Retention(retention) =
            options::parse("the retention", retention).map_err(|error| report(error.data()))?;
        let mut call = UpdateFileRetention::new(file_id.into(), name, retention);
        call.bypass_governance = bypass_governance;
        Ok(self.call(call, |updated| json(&ShownRetention::from(&updated.file_retention))))
    }

    /// Turns the legal hold of a file version on or off. Resolves to `undefined`.
    #[wasm_bindgen(js_name = updateLegalHold)]
    pub fn update_legal_hold(&self, name: String, file_id: String, is_on: bool) -> Job {
        let legal_hold = if is_on { LegalHold::On } else { LegalHold::Off };
        let call = UpdateFileLegalHold { file_id: file_id.into(), file_name: name, legal_hold };
        Job::start(self.inner.call(call).map_ok(nothing))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Describes the current version of a name; `encryption`, if given, is JSON. Resolves to JSON of it.
    ///
    /// # Errors
    ///
    /// The data of an error, if the encryption cannot be read.
    pub fn head(&self, name: String, encryption: Option<String>) -> Result<Job, JsValue> {
        let mut download = self.inner.download(name);
        if let Some(encryption) = encryption {
            let Encryption(encryption) = options::parse("the encryption", &encryption)
                .map_err(|error| report(error.data()))?;
            download = download.encryption(encryption);
        }
        let head = download.head();
        Ok(Job::start(head.map_ok(|file| json(&DownloadVersion::from(&file)).into())))
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
