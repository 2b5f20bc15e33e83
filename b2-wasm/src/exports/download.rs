//! Downloads.

use alloc::string::String;

use b2_client::DownloadBuilder;
use b2_client::proto::download::{DownloadEvent, Verification};
use futures::TryFutureExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::error::report;
use super::job::Job;
use super::shapes::{DownloadVersion, json};
use crate::host::{WebHost, WebSink};

#[wasm_bindgen]
extern "C" {
    /// The destination of a download, and the listener for its events.
    pub type DownloadTarget;

    /// The version is JSON.
    #[wasm_bindgen(method, js_name = onFound)]
    fn on_found(this: &DownloadTarget, version: &str);

    #[wasm_bindgen(method, js_name = onProgress)]
    fn on_progress(this: &DownloadTarget, received: f64, total: f64);

    /// The number of ranges that are downloaded at once.
    #[wasm_bindgen(method, getter)]
    fn concurrency(this: &DownloadTarget) -> Option<u32>;

    #[wasm_bindgen(method, js_name = onRetry)]
    fn on_retry(this: &DownloadTarget, error: JsValue);
}

#[wasm_bindgen]
impl Bucket {
    /// Downloads the current version of a name, or the bytes from `start` up to, not including, `end` of it.
    /// Resolves to whether the SHA-1 was verified.
    #[must_use]
    pub fn download(
        &self,
        name: String,
        start: Option<f64>,
        end: Option<f64>,
        target: DownloadTarget,
    ) -> Job {
        begin(self.inner.download(name), start, end, target)
    }
}

#[wasm_bindgen]
impl Client {
    /// Downloads a file version. Resolves to whether the SHA-1 was verified.
    #[wasm_bindgen(js_name = downloadById)]
    #[must_use]
    pub fn download_by_id(
        &self,
        file_id: String,
        start: Option<f64>,
        end: Option<f64>,
        target: DownloadTarget,
    ) -> Job {
        begin(self.inner.download_by_id(file_id.into()), start, end, target)
    }
}

fn begin(
    mut download: DownloadBuilder<WebHost>,
    start: Option<f64>,
    end: Option<f64>,
    target: DownloadTarget,
) -> Job {
    if let (Some(start), Some(end)) = (start, end) {
        download = download.range(start as u64..end as u64);
    }
    if let Some(parallel) = target.concurrency() {
        download = download.parallel(parallel as usize);
    }
    let sink = WebSink::new(target.clone());
    let tell = move |event| match event {
        DownloadEvent::Found(version) => target.on_found(&json(&DownloadVersion::from(&*version))),
        DownloadEvent::Progress { received, total } => {
            target.on_progress(received as f64, total as f64);
        }
        DownloadEvent::Retrying(retrying) => target.on_retry(report(&retrying.error)),
        _ => {}
    };
    let transfer = download.on_event(tell).start(sink);
    Job::start(
        transfer.map_ok(|downloaded| {
            matches!(downloaded.verification, Verification::Verified(_)).into()
        }),
    )
}
