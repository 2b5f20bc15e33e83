//! What a synchronization does, step by step, and what is true of every order of its steps.

use std::collections::BTreeMap;

use b2_proto::machine::{Action, Body, Control, Input, Machine, NameRange, OnCancel, Step, TaskId};
use b2_proto::sync::{NewSync, Side, Sync, SyncEvent, SyncReport};
use b2_proto::time::Instant;
use serde_json::Value;

use super::world::Tree;

/// A step of a synchronization, or the outcome of one.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Scan(TaskId),
    List(TaskId, Listing),
    /// Something is removed.
    Remove(TaskId, Removed),
    /// The file is opened, created, published, uploaded or copied.
    Transfer,
    /// A page of a scan; whether it is the last.
    Page(bool),
    /// The page of a listing; the start of the next page.
    Listed(TaskId, Option<String>),
    /// Another outcome of a task, such as a failure.
    Ended(TaskId),
    Event(SyncEvent),
}

/// The folder of a bucket that is listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listing {
    bucket_id: String,
    prefix: String,
}

/// What is removed of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// The full name that is hidden.
    Hide(String),
    /// The version that is deleted.
    Version(String),
    /// The local file.
    Local(String),
}

/// A synchronization whose steps are recorded.
#[derive(Debug)]
pub(super) struct Traced {
    sync: Sync,
    sides: [Side; 2],
    range: NameRange,
    pub(super) records: Vec<Record>,
}

impl Traced {
    pub(super) fn new(job: NewSync, seed: u64) -> Self {
        let sides = [job.source.clone(), job.destination.clone()];
        let range = job.options.range.clone();
        Self { sync: Sync::new(job, seed), sides, range, records: Vec::new() }
    }
}

fn started(task: TaskId, action: &Action) -> Option<Record> {
    let request = match action {
        Action::Scan(_) => return Some(Record::Scan(task)),
        Action::Remove { name } => {
            return Some(Record::Remove(task, Removed::Local(name.clone())));
        }
        Action::OpenSource { .. } | Action::CreateSink { .. } | Action::Publish { .. } => {
            return Some(Record::Transfer);
        }
        Action::Send(request) => request,
        _ => return None,
    };
    let url = &request.head.url;
    let operation = url.rsplit('/').next().unwrap_or_default();
    let body = match &request.body {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        _ => Value::Null,
    };
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    Some(match operation {
        "b2_list_file_names" | "b2_list_file_versions" => {
            let listing = Listing { bucket_id: text("bucketId"), prefix: text("prefix") };
            Record::List(task, listing)
        }
        "b2_hide_file" => Record::Remove(task, Removed::Hide(text("fileName"))),
        "b2_delete_file_version" => Record::Remove(task, Removed::Version(text("fileId"))),
        "b2_copy_file" | "b2_start_large_file" => Record::Transfer,
        _ if url.contains("b2_upload_file") => Record::Transfer,
        _ => return None,
    })
}

/// Returns the outcome of a task, unless the task continues.
fn ended(task: TaskId, input: &Input) -> Option<Record> {
    match input {
        Input::Progress(_) | Input::Delayed(_) => None,
        Input::Scanned(page) => Some(Record::Page(page.end)),
        Input::Reply(reply) if reply.response.status == 200 => {
            let page: Value = serde_json::from_slice(&reply.response.body).unwrap_or_default();
            let next = page["nextFileName"].as_str().map(str::to_owned);
            let is_page = page["files"].is_array() && page.get("nextFileName").is_some();
            Some(if is_page { Record::Listed(task, next) } else { Record::Ended(task) })
        }
        _ => Some(Record::Ended(task)),
    }
}

impl Machine for Traced {
    type Output = SyncReport;
    type Event = SyncEvent;

    fn poll(&mut self, now: Instant) -> Step<SyncReport, SyncEvent> {
        let step = self.sync.poll(now);
        match &step {
            Step::Start(task, action) => self.records.extend(started(*task, action)),
            Step::Emit(event) => self.records.push(Record::Event(event.clone())),
            _ => {}
        }
        step
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.records.extend(ended(task, &input));
        self.sync.handle(now, task, input);
    }

    fn control(&mut self, now: Instant, control: Control) {
        self.sync.control(now, control);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.sync.cancel(now, policy);
    }
}

/// How far the scans have come.
#[derive(Default)]
struct Scans {
    listings: BTreeMap<TaskId, Listing>,
    /// Whether the last page of each listing was the last of all.
    listed: BTreeMap<Listing, bool>,
    tasks: Vec<TaskId>,
    local_end: bool,
    failed: bool,
}

impl Scans {
    /// Takes the next record.
    fn take(&mut self, record: &Record, range: &NameRange) {
        match record {
            Record::Scan(task) => self.tasks.push(*task),
            Record::List(task, listing) => drop(self.listings.insert(*task, listing.clone())),
            Record::Page(end) => self.local_end = *end,
            Record::Listed(task, next) => {
                if let Some(listing) = self.listings.get(task) {
                    let is_behind = |next: &String| {
                        next.strip_prefix(&listing.prefix).is_none_or(|name| range.is_behind(name))
                    };
                    let is_last = next.as_ref().is_none_or(is_behind);
                    self.listed.insert(listing.clone(), is_last);
                }
            }
            Record::Ended(task) => self.failed |= self.tasks.contains(task),
            Record::Event(SyncEvent::Skipped(entry)) => self.failed |= entry.reason.is_failure(),
            Record::Event(SyncEvent::Failed { name, .. }) => self.failed |= name.is_empty(),
            Record::Remove(..) | Record::Transfer | Record::Event(_) => {}
        }
    }

    fn have_ended(&self, side: &Side) -> bool {
        match side {
            Side::Local => self.local_end,
            Side::Bucket { bucket_id, prefix } => {
                let bucket_id = bucket_id.as_str().to_owned();
                let listing = Listing { bucket_id, prefix: prefix.clone() };
                self.listed.get(&listing).copied().unwrap_or_default()
            }
        }
    }
}

impl Traced {
    /// Checks the order of what was done, given the destination as it was before:
    ///
    /// - No removal is started before both scans have ended, none after a scan failed, and none before all transfers.
    /// - Nothing is removed of a file that has failed.
    /// - Of each file, one removal is done after the other: first the file is hidden, then its versions are deleted, the
    ///   oldest first. Only versions are deleted that were there before.
    pub(super) fn check_order(&self, before: &Tree) {
        let [_, destination] = &self.sides;
        let prefix = match destination {
            Side::Local => "",
            Side::Bucket { prefix, .. } => prefix,
        };
        let mut scans = Scans::default();
        let mut failed = Vec::new();
        // The last removal of each name, and whether it has ended.
        let mut last: BTreeMap<String, (usize, Removed)> = BTreeMap::new();
        let mut running: BTreeMap<TaskId, String> = BTreeMap::new();
        let mut has_begun = false;
        for record in &self.records {
            scans.take(record, &self.range);
            match record {
                Record::Remove(task, removed) => {
                    has_begun = true;
                    assert!(!scans.failed, "{removed:?} after a scan that failed");
                    let ended = self.sides.iter().all(|side| scans.have_ended(side));
                    assert!(ended, "{removed:?} before the scans have ended: {:?}", scans.listed);
                    let (name, place) = place(removed, prefix, before);
                    assert!(!failed.contains(&name), "{removed:?} of '{name}', which has failed");
                    let others = running.values().any(|other| *other == name);
                    assert!(!others, "{removed:?} during another removal of '{name}'");
                    if let Some((before, last)) = last.get(&name) {
                        let in_order = place > *before || removed == last;
                        assert!(in_order, "{removed:?} of '{name}' after {last:?}");
                    }
                    running.insert(*task, name.clone());
                    last.insert(name, (place, removed.clone()));
                }
                Record::Scan(_) | Record::List(..) | Record::Transfer if has_begun => {
                    panic!("{record:?} after the first removal");
                }
                Record::Event(SyncEvent::Transferred { name, .. }) => {
                    assert!(!has_begun, "'{name}' is transferred after the first removal");
                }
                Record::Event(SyncEvent::Failed { name, .. }) => failed.push(name.clone()),
                Record::Listed(task, _) | Record::Ended(task) => drop(running.remove(task)),
                _ => {}
            }
        }
    }

    /// Returns what is removed.
    pub(super) fn removed(&self) -> Vec<&Removed> {
        let removed = self.records.iter().filter_map(|record| match record {
            Record::Remove(_, removed) => Some(removed),
            _ => None,
        });
        removed.collect()
    }
}

/// Returns the name of what is removed, and its place in the order of the removals of the name.
fn place(removed: &Removed, prefix: &str, before: &Tree) -> (String, usize) {
    let full = match removed {
        Removed::Local(name) => return (name.clone(), 0),
        Removed::Hide(name) => {
            return (name.strip_prefix(prefix).expect("a name in the folder").to_owned(), 0);
        }
        Removed::Version(id) => id,
    };
    let Tree::Bucket(files) = before else { panic!("{removed:?} in a local folder") };
    let found = files.iter().find_map(|(name, versions)| {
        let at = versions.iter().position(|version| version.id == *full)?;
        Some((name.clone(), versions.len() - at))
    });
    found.unwrap_or_else(|| panic!("{removed:?} was not there before"))
}
