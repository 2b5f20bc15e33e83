//! Uploads.

use alloc::string::String;

use b2_client::proto::create::{Checkpoint, UploadEvent};
use b2_client::proto::json;
use b2_client::proto::machine::OnCancel;
use b2_client::{Controls, UploadBuilder};
use futures::TryFutureExt;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::client::{self, Bucket};
use super::error::{bad_argument, report};
use super::job::Job;
use crate::host::{WebHost, WebReader, WebSource};

#[wasm_bindgen]
extern "C" {
    /// What JavaScript gives for an upload. `undefined` leaves a choice to the client.
    pub type UploadSettings;

    #[wasm_bindgen(method, getter, js_name = contentType)]
    fn content_type(this: &UploadSettings) -> Option<String>;

    /// JSON of an object of strings.
    #[wasm_bindgen(method, getter)]
    fn info(this: &UploadSettings) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn concurrency(this: &UploadSettings) -> Option<u32>;

    #[wasm_bindgen(method, getter, js_name = partSize)]
    fn part_size(this: &UploadSettings) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    fn resume(this: &UploadSettings) -> Option<bool>;

    #[wasm_bindgen(method, getter, js_name = wholeSha1)]
    fn whole_sha1(this: &UploadSettings) -> Option<bool>;

    /// JSON of a checkpoint.
    #[wasm_bindgen(method, getter)]
    fn checkpoint(this: &UploadSettings) -> Option<String>;

    /// Bytes; `NaN` for a total that nobody knows.
    #[wasm_bindgen(method, js_name = onProgress)]
    fn on_progress(this: &UploadSettings, hashed: f64, sent: f64, accepted: f64, total: f64);

    #[wasm_bindgen(method, js_name = onState)]
    fn on_state(this: &UploadSettings, state: &str);

    #[wasm_bindgen(method, js_name = onStarted)]
    fn on_started(this: &UploadSettings, file_id: &str, resumed: f64);

    #[wasm_bindgen(method, js_name = onCheckpoint)]
    fn on_checkpoint(this: &UploadSettings, json: &str);

    #[wasm_bindgen(method, js_name = onRetry)]
    fn on_retry(this: &UploadSettings, error: JsValue, delay_millis: f64);
}

/// An upload under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct UploadJob {
    job: Job,
    controls: Controls,
}

#[wasm_bindgen]
impl UploadJob {
    /// How it ends: JSON of the file version, or the data of an error.
    #[wasm_bindgen(getter)]
    pub fn promise(&self) -> Promise {
        self.job.promise()
    }

    /// Stops it at once. What is at B2 stays.
    pub fn abort(&self) {
        self.job.abort();
    }

    /// Sends nothing more until [`resume`](UploadJob::resume).
    pub fn pause(&self) {
        self.controls.pause();
    }

    /// Goes on.
    pub fn resume(&self) {
        self.controls.resume();
    }

    /// Ends it in an orderly way; what is at B2 is deleted, or stays to be resumed.
    pub fn cancel(&self, discard: bool) {
        self.controls.cancel(if discard { OnCancel::Discard } else { OnCancel::Keep });
    }

    /// How many parts travel at once.
    #[wasm_bindgen(js_name = setConcurrency)]
    pub fn set_concurrency(&self, parallel: u32) {
        self.controls.set_parallel(parallel as usize);
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Uploads a `Blob`.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    #[wasm_bindgen(js_name = uploadBlob)]
    pub fn upload_blob(
        &self,
        blob: JsValue,
        name: String,
        settings: UploadSettings,
    ) -> Result<UploadJob, JsValue> {
        begin(self.inner.upload(WebSource::of_blob(blob), name), settings)
    }

    /// Checks a `Blob` that would be uploaded, without sending it. Ends with `undefined`.
    #[wasm_bindgen(js_name = checkBlob)]
    pub fn check_blob(&self, blob: JsValue, name: String, content_type: Option<String>) -> Job {
        let mut upload = self.inner.upload(WebSource::of_blob(blob), name);
        if let Some(content_type) = content_type {
            upload = upload.content_type(content_type);
        }
        Job::start(async move { upload.check().await.map(client::nothing) })
    }

    /// Uploads a `ReadableStream` of bytes.
    ///
    /// # Errors
    ///
    /// The data of an error, if a setting cannot be read.
    #[wasm_bindgen(js_name = uploadStream)]
    pub fn upload_stream(
        &self,
        stream: &JsValue,
        name: String,
        settings: UploadSettings,
    ) -> Result<UploadJob, JsValue> {
        begin(self.inner.upload_unbound_stream(WebReader::of_stream(stream), name), settings)
    }
}

fn begin(
    mut upload: UploadBuilder<WebHost>,
    settings: UploadSettings,
) -> Result<UploadJob, JsValue> {
    if let Some(content_type) = settings.content_type() {
        upload = upload.content_type(content_type);
    }
    if let Some(info) = settings.info() {
        let info = json::read(info.as_bytes());
        upload = upload.info(info.map_err(|error| report(&bad_argument("info", &error)))?);
    }
    if let Some(parallel) = settings.concurrency() {
        upload = upload.parallel(parallel as usize);
    }
    if let Some(part_size) = settings.part_size() {
        upload = upload.part_size(part_size as u64);
    }
    if let Some(resume) = settings.resume() {
        upload = upload.resume(resume);
    }
    if let Some(whole_sha1) = settings.whole_sha1() {
        upload = upload.whole_sha1(whole_sha1);
    }
    if let Some(checkpoint) = settings.checkpoint() {
        let checkpoint = Checkpoint::from_json(&checkpoint);
        upload = upload.resume_from(checkpoint.map_err(|error| report(&error))?);
    }
    let transfer = upload.on_event(move |event| tell(&settings, event)).start();
    let controls = transfer.controls();
    let job = Job::start(transfer.map_ok(|version| client::json(&version.to_tree())));
    Ok(UploadJob { job, controls })
}

fn tell(listener: &UploadSettings, event: UploadEvent) {
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
