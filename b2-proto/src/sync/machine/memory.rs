//! What a synchronization holds in memory does not depend on the number of files.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::scanner::LOW;
use super::{NewSync, Side, Sync};
use crate::account::{Authorization, Authorized, Generation};
use crate::hash::Sha1Digest;
use crate::http::Response;
use crate::machine::{
    Action, Body, Input, LocalFile, Machine as _, Reply, ScanItem, ScanPage, SkipReason,
    SkippedEntry, Step, TaskId,
};
use crate::model::Capability;
use crate::secret::Secret;
use crate::sync::{Removals, SyncReport};
use crate::time::{Instant, Timestamp};

/// The number of files on a page of either side.
const PAGE: usize = 1_000;
/// The largest number of versions of a file.
const VERSIONS: usize = 3;

/// A name of the two trees.
#[derive(Clone, Copy, Debug)]
struct Entry {
    in_source: bool,
    is_skipped: bool,
    /// The number of versions in the destination.
    versions: usize,
    size: u64,
}

/// Both sides of a dry run from a local folder to a bucket, and what the host keeps.
struct Sides {
    local: Vec<ScanItem>,
    remote: Vec<Value>,
    scanned: usize,
    spilled: VecDeque<Bytes>,
    spills: usize,
}

impl Sides {
    fn new(entries: &[Entry]) -> Self {
        let (mut local, mut remote) = (Vec::new(), Vec::new());
        for (number, entry) in entries.iter().enumerate() {
            let name = format!("{number:06}");
            let modified = Timestamp::from_millis(5_000);
            if entry.is_skipped {
                let reason = SkipReason::Symlink;
                local.push(ScanItem::Skipped(SkippedEntry { path: name.clone(), reason }));
            } else if entry.in_source {
                let file = LocalFile { name: name.clone(), size: entry.size, modified };
                local.push(ScanItem::File(file));
            }
            for version in (0..entry.versions).rev() {
                remote.push(json!({
                    "fileId": format!("{name} {version}"), "fileName": name, "action": "upload",
                    "contentLength": entry.size, "contentSha1": sha1(entry.size).to_string(),
                    "uploadTimestamp": 1_000 + version,
                }));
            }
        }
        Self { local, remote, scanned: 0, spilled: VecDeque::new(), spills: 0 }
    }

    fn scan(&mut self) -> ScanPage {
        let end = (self.scanned + PAGE).min(self.local.len());
        let items = self.local[self.scanned..end].to_vec();
        self.scanned = end;
        ScanPage { items, end: end == self.local.len() }
    }

    fn list(&self, body: &Bytes) -> Bytes {
        let call: Value = serde_json::from_slice(body).unwrap();
        let is_first = |file: &Value| match call.get("startFileId") {
            Some(id) => file["fileId"] == *id,
            None => true,
        };
        let first = self.remote.iter().position(is_first).unwrap_or(self.remote.len());
        let end = (first + PAGE).min(self.remote.len());
        let next = |key: &str| self.remote.get(end).map(|file| file[key].clone());
        let page = json!({
            "files": self.remote[first..end], "nextFileName": next("fileName"), "nextFileId": next("fileId"),
        });
        page.to_string().into()
    }

    /// Returns the outcome of an action.
    fn perform(&mut self, action: Action) -> Input {
        match action {
            Action::Auth { .. } => Input::Auth(Ok(authorized())),
            Action::Scan(_) => Input::Scanned(self.scan()),
            Action::Send(request) => {
                let Body::Bytes(body) = &request.body else { panic!("a call has a body") };
                Input::Reply(Reply::new(Response::new(200, self.list(body))))
            }
            Action::DigestFile(file) => Input::Digest(sha1(file.size)),
            Action::Spill(bytes) => {
                self.spills += 1;
                self.spilled.push_back(bytes);
                Input::Performed
            }
            Action::Unspill => Input::Unspilled(self.spilled.pop_front()),
            other => panic!("{other:?} in a dry run"),
        }
    }
}

fn sha1(size: u64) -> Sha1Digest {
    Sha1Digest::of(&size.to_be_bytes())
}

fn authorized() -> Authorized {
    let url = "https://api.example";
    let mut authorization = Authorization::new("a".into(), Secret::new("t"), url, url);
    authorization.allowed.capabilities = Capability::ALL.to_vec();
    Authorized { generation: Generation::default(), authorization: Arc::new(authorization) }
}

/// Runs to the end. The outcomes of the actions arrive in an order that `order` chooses.
fn run(
    mut sync: Sync,
    sides: &mut Sides,
    mut order: impl FnMut(usize) -> usize,
    mut check: impl FnMut(&mut Sync),
) -> SyncReport {
    let mut pending: Vec<(TaskId, Input)> = Vec::new();
    loop {
        let step = sync.poll(Instant::ORIGIN);
        check(&mut sync);
        match step {
            Step::Start(task, action) => pending.push((task, sides.perform(action))),
            Step::Wait(_) => {
                assert!(!pending.is_empty(), "it waits for nothing: {sync:?}");
                let (task, input) = pending.swap_remove(order(pending.len()));
                sync.handle(Instant::ORIGIN, task, input);
            }
            Step::Done(result) => return result.unwrap(),
            Step::Emit(_) | Step::Abort(_) => {}
        }
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    // Trees in which one side or the other has most of the files, too.
    let weights = (1..=10_u32, 1..=10_u32, 0..=2_u32);
    let tree = weights.prop_flat_map(|(source, destination, skipped)| {
        let entry = (0..10_u32, 0..10_u32, 0..20_u32, 1..=VERSIONS, 1..6_u64);
        let entry = entry.prop_map(move |(one, other, third, versions, size)| Entry {
            in_source: one < source,
            is_skipped: third < skipped,
            versions: if other < destination { versions } else { 0 },
            size,
        });
        prop::collection::vec(entry, 2_000..6_000)
    });
    tree.no_shrink()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Of each scan, a page and the entries at which it is requested are held; of the removals, as many as the options
    /// allow, and those of the files under way.
    #[test]
    fn memory_is_bounded(
        entries in entries(), seed in any::<u64>(), parallel in 1..6_usize, max in 0..300_usize,
        track_renames in any::<bool>(),
    ) {
        let bucket = Side::Bucket { bucket_id: "b".into(), prefix: String::new() };
        let mut job = NewSync::new(Side::Local, bucket, Timestamp::from_millis(9_000));
        let options = &mut job.options;
        (options.dry_run, options.allow_empty_source) = (true, true);
        options.removals = Removals::Delete;
        options.max_removals = crate::sync::MaxRemovals::Unlimited;
        (options.parallel, options.max_held_removals) = (parallel, max);
        options.track_renames = track_renames;
        let mut rng = crate::retry::Rng::new(seed);
        let order = |len: usize| (rng.next_u64() % len as u64) as usize;
        let mut sides = Sides::new(&entries);
        let groups = VERSIONS * (parallel + 1);
        let mut most = (0, 0);
        let report = run(Sync::new(job, seed), &mut sides, order, |sync| {
            let held = sync.held.in_memory();
            assert!(held <= max + groups, "{held} removals are held");
            assert!(sync.window.len() <= parallel);
            let Some(both) = &mut sync.sides else { return };
            let (queued, renames) = (both.queued(), &both.renames);
            assert!(queued < LOW + PAGE, "{queued} entries of a scan");
            assert!(renames.new_files() <= max && renames.removals() <= max);
            most = (most.0.max(queued), most.1.max(held));
        });
        let removals: usize = entries.iter().map(|entry| {
            let stays = entry.in_source && !entry.is_skipped;
            if stays { entry.versions.saturating_sub(1) } else { entry.versions }
        }).sum();
        // All of them are done, and what is not held was spilled.
        prop_assert!(report.scanned && report.failed == 0);
        prop_assert_eq!(report.to_remove, report.deleted);
        prop_assert!(report.deleted >= removals as u64);
        prop_assert!(sides.spills > 0 || removals <= 2 * max + groups);
        prop_assert!(sides.spilled.is_empty());
        prop_assert!(most.0 > 0);
    }
}
