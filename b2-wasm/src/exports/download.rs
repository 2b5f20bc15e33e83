//! Downloads.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;
use core::fmt;

use b2_client::proto::download::{DownloadEvent, Verification};
use b2_client::proto::model;
use b2_client::{DownloadBody, DownloadBuilder, Error};
use futures::{TryFutureExt, TryStreamExt};
use js_sys::Uint8Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::error::report;
use super::job::Job;
use super::options;
use super::properties::Encryption;
use super::shapes::{DownloadVersion, json};
use crate::host::{WebHost, WebSink};

/// The options of a download.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DownloadOptions {
    /// The first byte, and the one behind the last.
    range: Option<(u64, u64)>,
    concurrency: Option<usize>,
    encryption: Option<Encryption>,
}

#[wasm_bindgen]
extern "C" {
    /// The listener for the events of a download, and the destination of one that is saved.
    pub type DownloadTarget;

    /// The version is JSON.
    #[wasm_bindgen(method, js_name = onFound)]
    fn on_found(this: &DownloadTarget, version: &str);

    #[wasm_bindgen(method, js_name = onProgress)]
    fn on_progress(this: &DownloadTarget, received: f64, total: f64);
}

/// The bytes of a download, in order.
#[wasm_bindgen]
pub struct DownloadReader {
    /// Absent while it is read, and after it was left.
    body: Rc<RefCell<Option<DownloadBody>>>,
    version: model::DownloadVersion,
}

#[wasm_bindgen]
impl DownloadReader {
    /// JSON of the file version.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn version(&self) -> String {
        json(&DownloadVersion::from(&self.version))
    }

    /// Receives more bytes. Resolves to a `Uint8Array`, or to `undefined` at the end. Aborting it ends the download.
    pub fn next(&self) -> Job {
        let body = self.body.clone();
        Job::start(async move {
            let taken = body.borrow_mut().take();
            let Some(mut reading) = taken else {
                return Ok(JsValue::UNDEFINED);
            };
            let chunk = reading.try_next().await?;
            body.replace(Some(reading));
            Ok(chunk.map_or(JsValue::UNDEFINED, |chunk| Uint8Array::from(&*chunk).into()))
        })
    }

    /// Whether the SHA-1 of the bytes was verified; `undefined` before the end.
    #[wasm_bindgen(getter, js_name = isVerified)]
    #[must_use]
    pub fn is_verified(&self) -> Option<bool> {
        let body = self.body.borrow();
        let downloaded = body.as_ref().and_then(DownloadBody::downloaded);
        downloaded.map(|downloaded| matches!(downloaded.verification, Verification::Verified(_)))
    }

    /// Ends the download.
    pub fn leave(&self) {
        self.body.take();
    }
}

impl fmt::Debug for DownloadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadReader").field("version", &self.version).finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Downloads the current version of a name. `options` is JSON. Resolves to a [`DownloadReader`] when its head was
    /// received.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    pub fn download(
        &self,
        name: String,
        options: &str,
        target: DownloadTarget,
    ) -> Result<Job, JsValue> {
        read(self.inner.download(name), options, target).map_err(|error| report(error.data()))
    }

    /// Writes the current version of a name to the target. `options` is JSON. Resolves to whether the SHA-1 was verified.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    pub fn save(
        &self,
        name: String,
        options: &str,
        target: DownloadTarget,
    ) -> Result<Job, JsValue> {
        save(self.inner.download(name), options, target).map_err(|error| report(error.data()))
    }
}

#[wasm_bindgen]
impl Client {
    /// Downloads a file version. `options` is JSON. Resolves to a [`DownloadReader`] when its head was received.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    #[wasm_bindgen(js_name = downloadById)]
    pub fn download_by_id(
        &self,
        file_id: String,
        options: &str,
        target: DownloadTarget,
    ) -> Result<Job, JsValue> {
        let download = self.inner.download_by_id(file_id.into());
        read(download, options, target).map_err(|error| report(error.data()))
    }

    /// Writes a file version to the target. `options` is JSON. Resolves to whether the SHA-1 was verified.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    #[wasm_bindgen(js_name = saveById)]
    pub fn save_by_id(
        &self,
        file_id: String,
        options: &str,
        target: DownloadTarget,
    ) -> Result<Job, JsValue> {
        let download = self.inner.download_by_id(file_id.into());
        save(download, options, target).map_err(|error| report(error.data()))
    }
}

fn read(
    download: DownloadBuilder<WebHost>,
    options: &str,
    target: DownloadTarget,
) -> Result<Job, Error> {
    let download = prepare(download, options, target)?;
    Ok(Job::start(async move {
        let (version, body) = download.await?.into_parts();
        let body = Rc::new(RefCell::new(Some(body)));
        Ok(DownloadReader { body, version }.into())
    }))
}

fn save(
    download: DownloadBuilder<WebHost>,
    options: &str,
    target: DownloadTarget,
) -> Result<Job, Error> {
    let sink = WebSink::new(target.clone());
    let saved = prepare(download, options, target)?.start(sink);
    Ok(Job::start(
        saved.map_ok(|saved| matches!(saved.verification, Verification::Verified(_)).into()),
    ))
}

/// Sets the options and the listener.
fn prepare(
    mut download: DownloadBuilder<WebHost>,
    options: &str,
    target: DownloadTarget,
) -> Result<DownloadBuilder<WebHost>, Error> {
    let options: DownloadOptions = options::parse("the options of the download", options)?;
    if let Some((start, end)) = options.range {
        download = download.range(start..end);
    }
    if let Some(parallel) = options.concurrency {
        download = download.parallel(parallel);
    }
    if let Some(Encryption(encryption)) = options.encryption {
        download = download.encryption(encryption);
    }
    Ok(download.on_event(move |event| match event {
        DownloadEvent::Found(version) => target.on_found(&json(&DownloadVersion::from(&*version))),
        DownloadEvent::Progress { received, total } => {
            target.on_progress(received as f64, total as f64);
        }
        _ => {}
    }))
}
