//! Uploads.

use alloc::string::String;

use b2_client::proto::create::{Checkpoint, UploadEvent};
use b2_client::proto::machine::OnCancel;
use b2_client::proto::model::{self, FileInfo};
use b2_client::{Controls, Error, Transfer, UploadBuilder};
use futures::TryFutureExt;
use js_sys::Promise;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ReadableStream};

use super::client::Bucket;
use super::error::report;
use super::job::{Job, nothing};
use super::options;
#[cfg(feature = "full")]
use super::properties::{Encryption, Hold, Retention};
use super::shapes::{FileVersion, json};
use crate::host::{WebHost, WebReader, WebSource};

/// The options of an upload. JavaScript refuses others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadOptions {
    content_type: Option<String>,
    info: Option<FileInfo>,
    concurrency: Option<usize>,
    part_size: Option<u64>,
    resume: Option<bool>,
    whole_sha1: Option<bool>,
    checkpoint: Option<String>,
    #[cfg(feature = "full")]
    encryption: Option<Encryption>,
    #[cfg(feature = "full")]
    file_retention: Option<Retention>,
    #[cfg(feature = "full")]
    legal_hold: Option<Hold>,
}

#[wasm_bindgen]
extern "C" {
    /// The listener for the events of an upload.
    pub type UploadListener;

    /// Numbers of bytes; `NaN` for an unknown total.
    #[wasm_bindgen(method, js_name = onProgress)]
    fn on_progress(this: &UploadListener, hashed: f64, sent: f64, accepted: f64, total: f64);

    #[wasm_bindgen(method, js_name = onState)]
    fn on_state(this: &UploadListener, state: &str);

    #[wasm_bindgen(method, js_name = onStarted)]
    fn on_started(this: &UploadListener, file_id: &str, resumed: f64);

    #[wasm_bindgen(method, js_name = onCheckpoint)]
    fn on_checkpoint(this: &UploadListener, json: &str);

    #[wasm_bindgen(method, js_name = onRetry)]
    fn on_retry(this: &UploadListener, error: JsValue, delay_millis: f64);
}

/// A running upload.
#[wasm_bindgen]
#[derive(Debug)]
pub struct UploadJob {
    job: Job,
    controls: Controls,
}

#[wasm_bindgen]
impl UploadJob {
    /// Resolves to JSON of the file version, or rejects with the data of an error.
    #[wasm_bindgen(getter)]
    pub fn promise(&self) -> Promise {
        self.job.promise()
    }

    /// Stops the upload at once. What B2 has stored stays.
    pub fn abort(&self) {
        self.job.abort();
    }

    /// Pauses the upload until [`resume`](UploadJob::resume).
    pub fn pause(&self) {
        self.controls.pause();
    }

    /// Resumes a paused upload.
    pub fn resume(&self) {
        self.controls.resume();
    }

    /// Cancels the upload. What B2 has stored is deleted with `discard`; otherwise it stays and can be resumed.
    pub fn cancel(&self, discard: bool) {
        self.controls.cancel(if discard { OnCancel::Discard } else { OnCancel::Keep });
    }

    /// Sets the number of parts that are uploaded at once.
    #[wasm_bindgen(js_name = setConcurrency)]
    pub fn set_concurrency(&self, parallel: u32) {
        self.controls.set_parallel(parallel as usize);
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Uploads a `Blob`, or the bytes of a `Uint8Array`, which must not be changed meanwhile. `options` is JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    #[wasm_bindgen(js_name = uploadBlob)]
    pub fn upload_blob(
        &self,
        content: JsValue,
        name: String,
        options: &str,
        listener: UploadListener,
    ) -> Result<UploadJob, JsValue> {
        let source = match content.dyn_into() {
            Ok(bytes) => WebSource::of_bytes(bytes),
            Err(blob) => WebSource::of_blob(blob.unchecked_into()),
        };
        let upload = self.inner.upload(source, name);
        start(upload, options, listener).map_err(|error| report(error.data()))
    }

    /// Checks a `Blob` that would be uploaded, without sending it. Resolves to `undefined`.
    #[wasm_bindgen(js_name = checkBlob)]
    pub fn check_blob(&self, blob: Blob, name: String, content_type: Option<String>) -> Job {
        let mut upload = self.inner.upload(WebSource::of_blob(blob), name);
        if let Some(content_type) = content_type {
            upload = upload.content_type(content_type);
        }
        Job::start(async move { upload.check().await.map(nothing) })
    }

    /// Uploads a `ReadableStream` of bytes. `options` is JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    #[wasm_bindgen(js_name = uploadStream)]
    pub fn upload_stream(
        &self,
        stream: &ReadableStream,
        name: String,
        options: &str,
        listener: UploadListener,
    ) -> Result<UploadJob, JsValue> {
        let upload = self.inner.upload_reader(WebReader::of_stream(stream), name);
        start(upload, options, listener).map_err(|error| report(error.data()))
    }
}

impl UploadJob {
    /// Runs a transfer.
    pub(super) fn of(transfer: Transfer<model::FileVersion, UploadEvent>) -> Self {
        let controls = transfer.controls();
        let job = Job::start(transfer.map_ok(|file| json(&FileVersion::from(&file)).into()));
        Self { job, controls }
    }
}

/// Sets the options and starts the upload.
pub(super) fn start(
    mut upload: UploadBuilder<WebHost>,
    options: &str,
    listener: UploadListener,
) -> Result<UploadJob, Error> {
    let options: UploadOptions = options::parse("the options of the upload", options)?;
    if let Some(content_type) = options.content_type {
        upload = upload.content_type(content_type);
    }
    if let Some(info) = options.info {
        upload = upload.info(info);
    }
    if let Some(parallel) = options.concurrency {
        upload = upload.parallel(parallel);
    }
    if let Some(part_size) = options.part_size {
        upload = upload.part_size(part_size);
    }
    if let Some(resume) = options.resume {
        upload = upload.resume(resume);
    }
    if let Some(whole_sha1) = options.whole_sha1 {
        upload = upload.whole_sha1(whole_sha1);
    }
    if let Some(checkpoint) = options.checkpoint {
        upload = upload.resume_from(Checkpoint::from_json(&checkpoint)?);
    }
    #[cfg(feature = "full")]
    {
        if let Some(Encryption(encryption)) = options.encryption {
            upload = upload.encryption(encryption);
        }
        if let Some(Retention(retention)) = options.file_retention {
            upload = upload.file_retention(retention);
        }
        if let Some(hold) = options.legal_hold {
            upload = upload.legal_hold(hold.into());
        }
    }
    Ok(UploadJob::of(upload.on_event(move |event| notify(&listener, event)).start()))
}

/// Calls the listener with an event.
pub(super) fn notify(listener: &UploadListener, event: UploadEvent) {
    match event {
        UploadEvent::Progress(at) => listener.on_progress(
            at.hashed as f64,
            at.sent as f64,
            at.accepted as f64,
            at.total.map_or(f64::NAN, |total| total as f64),
        ),
        UploadEvent::Started { file_id, resumed } => {
            listener.on_started(file_id.as_str(), resumed as f64);
        }
        UploadEvent::Checkpoint(checkpoint) => listener.on_checkpoint(&checkpoint.to_json()),
        UploadEvent::State(state) => listener.on_state(state.as_str()),
        UploadEvent::Retrying(retrying) => {
            listener.on_retry(report(&retrying.error), retrying.delay.as_secs_f64() * 1_000.0);
        }
        _ => {}
    }
}
