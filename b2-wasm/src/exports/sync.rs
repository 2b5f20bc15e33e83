//! Synchronizations.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use b2_client::proto::ErrorKind;
use b2_client::proto::error::Error as ProtoError;
use b2_client::proto::list::Filter;
use b2_client::proto::machine::OnCancel;
use b2_client::proto::sync::{
    CompareBy, MaxRemovals, NewerFiles, Removal, RemovalNote, Removals, ScanPolicies, SyncEvent,
    TransferKind,
};
use b2_client::{Controls, Error, Folder, Synchronizer};
use futures::TryFutureExt;
use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::error::report;
use super::job::Job;
use super::options;
use super::shapes::json;
use crate::host::{JsFolder, WebFolder, WebHost};

/// The options of a synchronization. What is missing is as in `b2_client::Synchronizer`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SyncOptions {
    compare: Option<Compare>,
    compare_threshold: Option<u64>,
    newer_files: Option<Newer>,
    #[serde(default)]
    delete: bool,
    keep_days: Option<f64>,
    keep_newest: Option<u32>,
    max_delete: Option<MaxDelete>,
    #[serde(default)]
    filters: Vec<NameFilter>,
    files_from: Option<Vec<String>>,
    no_traverse: Option<bool>,
    explain: Option<bool>,
    dry_run: Option<bool>,
    concurrency: Option<usize>,
    allow_empty_source: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Compare {
    ModTime,
    Size,
    Sha1,
    None,
    Always,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Newer {
    Fail,
    Skip,
    Replace,
}

/// A number of files, or a percentage as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum MaxDelete {
    Files(u64),
    Percent(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum NameFilter {
    Include(String),
    Exclude(String),
}

#[wasm_bindgen]
extern "C" {
    /// The listener for the events of a synchronization.
    pub type SyncListener;

    /// `detail` is JSON of an object; `error` is the data of an error, or `undefined`.
    #[wasm_bindgen(method, js_name = onEvent)]
    fn on_event(this: &SyncListener, kind: &str, detail: &str, error: JsValue);
}

/// One side of a synchronization.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SyncFolder(Folder<WebHost>);

#[wasm_bindgen]
impl SyncFolder {
    /// A folder of a bucket. `prefix` is its path; empty for the whole bucket.
    #[wasm_bindgen(js_name = inBucket)]
    #[must_use]
    pub fn in_bucket(bucket: &Bucket, prefix: String) -> Self {
        Self(bucket.inner.folder(prefix))
    }

    /// A folder of JavaScript.
    #[must_use]
    pub fn local(folder: JsFolder) -> Self {
        Self(Folder::local(WebFolder::new(folder)))
    }
}

/// A running synchronization.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SyncJob {
    job: Job,
    controls: Controls,
}

#[wasm_bindgen]
impl SyncJob {
    /// Resolves to JSON of the report, or rejects with the data of an error.
    #[wasm_bindgen(getter)]
    pub fn promise(&self) -> Promise {
        self.job.promise()
    }

    /// Stops the synchronization at once.
    pub fn abort(&self) {
        self.job.abort();
    }

    /// Pauses the synchronization until [`resume`](SyncJob::resume).
    pub fn pause(&self) {
        self.controls.pause();
    }

    /// Resumes a paused synchronization.
    pub fn resume(&self) {
        self.controls.resume();
    }

    /// Cancels the synchronization. What B2 has stored of unfinished files is deleted with `discard`.
    pub fn cancel(&self, discard: bool) {
        self.controls.cancel(if discard { OnCancel::Discard } else { OnCancel::Keep });
    }

    /// Sets the number of files that are worked on at once.
    #[wasm_bindgen(js_name = setConcurrency)]
    pub fn set_concurrency(&self, parallel: u32) {
        self.controls.set_parallel(parallel as usize);
    }
}

#[wasm_bindgen]
impl Client {
    /// Makes the folder `destination` like the folder `source`. `options` is JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read or does not apply.
    pub fn sync(
        &self,
        source: &SyncFolder,
        destination: &SyncFolder,
        options: &str,
        listener: SyncListener,
    ) -> Result<SyncJob, JsValue> {
        let sync = self.inner.sync(source.0.clone(), destination.0.clone());
        start(sync, options, listener).map_err(|error| report(error.data()))
    }
}

fn start(
    sync: Synchronizer<WebHost>,
    options: &str,
    listener: SyncListener,
) -> Result<SyncJob, Error> {
    let options: SyncOptions = options::parse("the options of the synchronization", options)?;
    let sync = configured(sync, options)?;
    sync.check()?;
    let transfer = sync.on_event(move |event| notify(&listener, event)).start();
    let controls = transfer.controls();
    let job = Job::start(transfer.map_ok(|report| json(&report).into()));
    Ok(SyncJob { job, controls })
}

fn configured(
    mut sync: Synchronizer<WebHost>,
    options: SyncOptions,
) -> Result<Synchronizer<WebHost>, Error> {
    let removals = removals(&options)?;
    sync = sync.removals(removals);
    if let Some(max) = options.max_delete {
        if removals.is_none() {
            return Err(invalid("maxDelete applies only with delete, keepDays or keepNewest"));
        }
        sync = sync.max_removals(max.parsed()?);
    }
    if let Some(compare) = options.compare {
        sync = sync.compare(match compare {
            Compare::ModTime => CompareBy::ModTime,
            Compare::Size => CompareBy::Size,
            Compare::Sha1 => CompareBy::Sha1,
            Compare::None => CompareBy::None,
            Compare::Always => CompareBy::Always,
        });
    }
    if let Some(threshold) = options.compare_threshold {
        sync = sync.compare_threshold(threshold);
    }
    if let Some(newer) = options.newer_files {
        sync = sync.newer_files(match newer {
            Newer::Fail => NewerFiles::Fail,
            Newer::Skip => NewerFiles::Skip,
            Newer::Replace => NewerFiles::Replace,
        });
    }
    if let Some(names) = options.files_from {
        sync = sync.files_from(names);
    }
    if let Some(no_traverse) = options.no_traverse {
        sync = sync.no_traverse(no_traverse);
    }
    if let Some(explain) = options.explain {
        sync = sync.explain(explain);
    }
    if let Some(dry_run) = options.dry_run {
        sync = sync.dry_run(dry_run);
    }
    if let Some(parallel) = options.concurrency {
        sync = sync.parallel(parallel);
    }
    if let Some(allow) = options.allow_empty_source {
        sync = sync.allow_empty_source(allow);
    }
    let filters = options.filters.into_iter().map(|filter| match filter {
        NameFilter::Include(pattern) => Filter::include(&pattern),
        NameFilter::Exclude(pattern) => Filter::exclude(&pattern),
    });
    Ok(sync.policies(filters.fold(ScanPolicies::new(), ScanPolicies::filter)))
}

fn removals(options: &SyncOptions) -> Result<Removals, Error> {
    match (options.delete, options.keep_days, options.keep_newest) {
        (false, None, None) => Ok(Removals::None),
        (true, None, None) => Ok(Removals::Delete),
        (false, Some(days), None) => {
            let kept = Duration::try_from_secs_f64(days * 86_400.0);
            kept.map(Removals::KeepFor).map_err(|_| invalid("keepDays is no number of days"))
        }
        (false, None, Some(versions)) => Ok(Removals::KeepNewest(versions)),
        _ => Err(invalid("give one of delete, keepDays and keepNewest")),
    }
}

impl MaxDelete {
    fn parsed(self) -> Result<MaxRemovals, Error> {
        match self {
            Self::Files(files) => Ok(MaxRemovals::Files(files)),
            Self::Percent(text) => {
                let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
                let wrong =
                    || invalid("maxDelete is a number of files, or a percentage as \"10%\"");
                percent.map(MaxRemovals::Percent).ok_or_else(wrong)
            }
        }
    }
}

fn invalid(message: &str) -> Error {
    ProtoError::new(ErrorKind::InvalidInput, message).into()
}

/// What an event is about.
#[derive(Default, Serialize)]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<TransferKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<f64>,
}

/// What was removed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed<'a> {
    name: &'a str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<RemovalNote>,
}

/// Calls the listener with an event.
fn notify(listener: &SyncListener, event: SyncEvent) {
    let none = Detail::default();
    let tell = |kind, detail: Detail<'_>, error: Option<&ProtoError>| {
        listener.on_event(kind, &json(&detail), error.map_or(JsValue::UNDEFINED, report));
    };
    match event {
        SyncEvent::Progress(report) => {
            listener.on_event("progress", &json(&report), JsValue::UNDEFINED);
        }
        SyncEvent::Removed(removal) => {
            let (action, file_id, note) = match &removal {
                Removal::Hide { .. } => ("hide", None, None),
                Removal::DeleteVersion { file_id, note, .. } => {
                    ("deleteVersion", Some(file_id.as_str()), Some(*note))
                }
                _ => ("deleteLocal", None, None),
            };
            let removed = Removed { name: removal.name(), action, file_id, note };
            listener.on_event("removed", &json(&removed), JsValue::UNDEFINED);
        }
        SyncEvent::Transferred { name, kind, bytes } => {
            let (action, size) = (Some(kind), Some(bytes));
            tell("transferred", Detail { name: Some(&name), action, size, ..none }, None);
        }
        SyncEvent::Explained { name, transfer, reason } => {
            let (transfer, reason) = (Some(transfer), Some(reason.to_string()));
            tell("explained", Detail { name: Some(&name), transfer, reason, ..none }, None);
        }
        SyncEvent::Skipped(entry) => {
            let reason = Some(entry.reason.to_string());
            tell("skipped", Detail { name: Some(&entry.path), reason, ..none }, None);
        }
        SyncEvent::Failed { name, error } => {
            tell("failed", Detail { name: Some(&name), ..none }, Some(&error));
        }
        SyncEvent::RemovalsDropped(error) => tell("dropped", none, Some(&error)),
        SyncEvent::Retrying(retrying) => {
            let delay = Some(retrying.delay.as_secs_f64() * 1_000.0);
            tell("retry", Detail { delay, ..none }, Some(&retrying.error));
        }
        _ => {}
    }
}
