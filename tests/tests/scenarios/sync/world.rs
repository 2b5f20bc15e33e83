//! Random pairs of trees, and the state of buckets and of the local folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use b2_proto::machine::{Machine, Step};
use b2_proto::sync::{
    Direction, NewSync, Removal, ScanPolicies, Side, SyncEvent, SyncOptions, SyncReport,
};
use b2_proto::time::Timestamp;
use b2_proto::{Error, ErrorKind};
use b2_tests::{BUCKET, FaultProfile, Folder, FolderFile, Local, Running, Simulation};
use bytes::Bytes;

use super::trace::Traced;

const OTHER_BUCKET: &str = "other-bucket";
pub(super) const DAY: u64 = 86_400_000;

/// The content of a file.
#[derive(Clone, PartialEq)]
pub(super) struct Content(pub(super) Bytes);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {:?}", self.0.len(), self.0.first())
    }
}

/// A version of a file in a bucket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) is_marker: bool,
    /// The content, where it is known: of the first state, and of current versions.
    pub(super) bytes: Option<Content>,
    pub(super) modified: u64,
    /// Whether the file info has the time of the last modification.
    pub(super) has_time: bool,
    pub(super) uploaded: u64,
}

/// The versions of each name, newest first.
pub(super) type BucketTree = BTreeMap<String, Vec<Version>>;
/// The content and the time of each local file.
pub(super) type LocalTree = BTreeMap<String, (Content, u64)>;

/// One side.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Local(LocalTree),
    Bucket(BucketTree),
}

/// A simulation with two trees.
pub(super) struct World {
    pub(super) sim: Simulation,
    pub(super) direction: Direction,
    pub(super) folder: Folder,
    /// Which files are looked at.
    pub(super) policies: Arc<ScanPolicies>,
    /// The events of the last run.
    pub(super) events: Vec<SyncEvent>,
    pub(super) source: (&'static str, &'static str),
    pub(super) destination: (&'static str, &'static str),
    contents: Vec<Bytes>,
    /// The content of the versions that were stored at first.
    known: BTreeMap<String, Bytes>,
    start: u64,
    /// The destination before the run.
    before: Tree,
}

/// The end of a run.
pub(super) struct Ended {
    pub(super) events: Vec<SyncEvent>,
    pub(super) result: Result<SyncReport, Error>,
    pub(super) traced: Traced,
}

impl Ended {
    pub(super) fn report(&self) -> SyncReport {
        match &self.result {
            Ok(report) => *report,
            Err(error) => panic!("the synchronization failed: {error:?}"),
        }
    }

    /// Returns the errors of the names that failed.
    pub(super) fn errors(&self) -> Vec<(&str, &Error)> {
        let errors = self.events.iter().filter_map(|event| match event {
            SyncEvent::Failed { name, error } => Some((&**name, &**error)),
            _ => None,
        });
        errors.collect()
    }

    /// Returns whether a call has got no answer for so long that its file failed.
    pub(super) fn timed_out(&self) -> bool {
        self.errors().iter().any(|(_, error)| error.kind() == ErrorKind::Timeout)
    }

    /// Returns the names that failed.
    pub(super) fn failed(&self) -> BTreeSet<String> {
        let failed = self.events.iter().filter_map(|event| match event {
            SyncEvent::Failed { name, .. } => Some(name.clone()),
            _ => None,
        });
        failed.collect()
    }
}

impl World {
    /// Creates a world without any file, in which the direction is random.
    pub(super) fn empty(seed: u64, profile: FaultProfile) -> Self {
        let mut sim = Simulation::new(seed, profile);
        sim.service.put_bucket(OTHER_BUCKET, "allPrivate");
        let direction =
            [Direction::Up, Direction::Down, Direction::Copy][sim.rng.below(3) as usize];
        let elsewhere = sim.rng.percent(50);
        let destination = if elsewhere { (OTHER_BUCKET, "") } else { (BUCKET, "to/") };
        let contents = [0, 1, 7, 7, 99, 1_010, 2_001].map(|len| sim.rng.bytes(len)).to_vec();
        let start = sim.timestamp().as_millis();
        let mut folder = Folder::default();
        folder.page = 3;
        let known = BTreeMap::new();
        let source = (BUCKET, "from/");
        let (policies, events) = (Arc::default(), Vec::new());
        let before = Tree::Local(LocalTree::new());
        Self {
            sim,
            direction,
            folder,
            policies,
            events,
            source,
            destination,
            contents,
            known,
            start,
            before,
        }
    }

    /// Creates a world with random trees.
    pub(super) fn new(seed: u64, profile: FaultProfile) -> Self {
        let mut world = Self::empty(seed, profile);
        let names = world.sim.rng.between(1, 14);
        for _ in 0..names {
            let name = world.name();
            if world.sim.rng.percent(70) {
                world.put_source(&name);
            }
            if world.sim.rng.percent(70) {
                world.put_destination(&name);
            }
        }
        // Files outside of both folders stay as they are.
        for name in ["to", "to.txt", "to0", "from!"] {
            let bytes = world.content();
            world.sim.service.put_file(Timestamp::from_millis(world.start), BUCKET, name, bytes);
        }
        world
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.sim.rng.below(all.len() as u64)).unwrap_or_default()].clone()
    }

    pub(super) fn content(&mut self) -> Bytes {
        let contents = self.contents.clone();
        self.pick(&contents)
    }

    /// Returns a name whose order differs between bytes, UTF-16 and folders.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        for _ in 0..self.sim.rng.below(3) {
            name += self.pick(&["d/", "d.e/", "d e/", "D/", "é/", "😀/"]);
        }
        name + self.pick(&["f", "f.txt", "f f", "g-1", "\u{ff46}", "😀.x", "e\u{301}.x"])
    }

    /// Returns one of few times of modification.
    pub(super) fn modified(&mut self) -> u64 {
        self.start - 20 * DAY + self.pick(&[0, 0, 1, 2_000, 5_000])
    }

    pub(super) fn put_source(&mut self, name: &str) {
        match self.direction {
            Direction::Up => self.put_local(name),
            Direction::Down | Direction::Copy => self.put_versions(self.source, name),
        }
    }

    pub(super) fn put_destination(&mut self, name: &str) {
        match self.direction {
            Direction::Down => self.put_local(name),
            Direction::Up | Direction::Copy => self.put_versions(self.destination, name),
        }
    }

    fn put_local(&mut self, name: &str) {
        let (bytes, modified) = (self.content(), self.modified());
        self.put_local_file(name, bytes, modified);
    }

    pub(super) fn put_local_file(&mut self, name: &str, bytes: Bytes, modified: u64) {
        let file = FolderFile::new(bytes, Timestamp::from_millis(modified));
        self.folder.files.insert(name.into(), file);
    }

    fn put_versions(&mut self, (bucket, prefix): (&str, &str), name: &str) {
        let full = format!("{prefix}{name}");
        if self.sim.service.versions(bucket).iter().any(|version| version.file_name == full) {
            return;
        }
        let count = self.pick(&[1, 1, 2, 3, 4]);
        let mut age = self.sim.rng.between(1, 3);
        let mut ages = Vec::new();
        for _ in 0..count {
            ages.push(age * DAY + DAY / 2);
            age += self.sim.rng.between(1, 3);
        }
        let mut was_marker = true;
        for age in ages.into_iter().rev() {
            let at = Timestamp::from_millis(self.start - age);
            if !was_marker && self.sim.rng.percent(25) {
                self.sim.service.put_hide_marker(at, bucket, &full);
                was_marker = true;
                continue;
            }
            was_marker = false;
            let bytes = self.content();
            let id = self.sim.service.put_file(at, bucket, &full, bytes.clone());
            let id = id.expect("the bucket exists");
            if self.sim.rng.percent(80) {
                let modified = self.modified().to_string();
                self.sim.service.put_file_info(&id, "src_last_modified_millis", &modified);
            }
            self.known.insert(id, bytes);
        }
    }

    /// Stores a version now.
    pub(super) fn put_version(&mut self, of_source: bool, name: &str, bytes: Bytes, modified: u64) {
        let (bucket, prefix) = if of_source { self.source } else { self.destination };
        let now = self.sim.timestamp();
        let id = self.sim.service.put_file(now, bucket, &format!("{prefix}{name}"), bytes.clone());
        let id = id.expect("the bucket exists");
        let modified = modified.to_string();
        self.sim.service.put_file_info(&id, "src_last_modified_millis", &modified);
        self.known.insert(id, bytes);
    }

    fn bucket_tree(&self, (bucket, prefix): (&str, &str)) -> BucketTree {
        let mut tree = BucketTree::new();
        for version in self.sim.service.versions(bucket) {
            let Some(name) = version.file_name.strip_prefix(prefix) else { continue };
            if version.action == "start" {
                continue;
            }
            let versions = tree.entry(name.to_owned()).or_default();
            let known = self.known.get(&version.file_id).cloned();
            let current = || self.sim.service.read_file(bucket, &version.file_name);
            let is_current = versions.is_empty();
            let uploaded = version.upload_timestamp.as_millis();
            let modified = version.file_info.get("src_last_modified_millis");
            let modified = modified.and_then(|millis| millis.parse().ok());
            versions.push(Version {
                is_marker: version.action == "hide",
                bytes: known.or_else(|| is_current.then(current).flatten()).map(Content),
                modified: modified.unwrap_or(uploaded),
                has_time: modified.is_some(),
                uploaded,
                id: version.file_id,
            });
        }
        tree
    }

    fn local_tree(&self) -> LocalTree {
        let visible = self.folder.visible().into_iter();
        visible.map(|(name, (bytes, time))| (name, (Content(bytes), time.as_millis()))).collect()
    }

    pub(super) fn source(&self) -> Tree {
        match self.direction {
            Direction::Up => Tree::Local(self.local_tree()),
            Direction::Down | Direction::Copy => Tree::Bucket(self.bucket_tree(self.source)),
        }
    }

    pub(super) fn destination(&self) -> Tree {
        match self.direction {
            Direction::Down => Tree::Local(self.local_tree()),
            Direction::Up | Direction::Copy => Tree::Bucket(self.bucket_tree(self.destination)),
        }
    }

    /// Returns the ids of all versions outside of the destination.
    pub(super) fn elsewhere(&self) -> Vec<String> {
        let (bucket, prefix) = match self.direction {
            Direction::Down => ("", ""),
            Direction::Up | Direction::Copy => self.destination,
        };
        let versions = [BUCKET, OTHER_BUCKET].into_iter().flat_map(|place| {
            self.sim.service.versions(place).into_iter().map(move |v| (place, v))
        });
        versions
            .filter(|(place, version)| *place != bucket || !version.file_name.starts_with(prefix))
            .map(|(_, version)| version.file_id)
            .collect()
    }

    fn side(&mut self, (bucket, prefix): (&'static str, &str)) -> Side {
        let bucket_id = self.sim.service.put_bucket(bucket, "allPrivate").into();
        Side::Bucket { bucket_id, prefix: prefix.into() }
    }

    /// Returns the description of the synchronization.
    pub(super) fn job(&mut self, options: &SyncOptions) -> NewSync {
        let source = match self.direction {
            Direction::Up => Side::Local,
            Direction::Down | Direction::Copy => self.side(self.source),
        };
        let destination = match self.direction {
            Direction::Down => Side::Local,
            Direction::Up | Direction::Copy => self.side(self.destination),
        };
        let mut job = NewSync::new(source, destination, self.sim.timestamp());
        job.options = options.clone();
        job.policies = self.policies.clone();
        job
    }

    /// Creates a run, which takes the folder.
    pub(super) fn running(&mut self, job: NewSync) -> Running<Traced> {
        let parallel = job.options.parallel;
        let parallel = parallel * job.options.upload.parallel.max(job.options.download.parallel);
        let sync = Traced::new(job, self.sim.rng.seed());
        self.before = self.destination();
        let mut folder = std::mem::take(&mut self.folder);
        folder.most_open = 0;
        folder.spills.clear();
        folder.removed.clear();
        Running::new(sync, Local::folder(folder), parallel)
    }

    /// Runs to the end, or until the machine is killed, and checks the order of what was done.
    pub(super) fn run(&mut self, mut running: Running<Traced>) -> Option<Ended> {
        self.sim.service.clear_log();
        self.sim.run(&mut [&mut running]);
        self.folder = running.local.folder.take().expect("the folder was given");
        running.machine.check_order(&self.before);
        self.events.clone_from(&running.events);
        let result = running.result.take()?;
        let now = b2_proto::time::Instant::from_origin(self.sim.elapsed());
        let step = running.machine.poll(now);
        assert!(matches!(step, Step::Wait(None)), "a machine that has ended goes on: {step:?}");
        Some(Ended { events: running.events, result, traced: running.machine })
    }

    /// Synchronizes, and checks that nothing is left open and that the limits were kept.
    pub(super) fn sync(&mut self, options: &SyncOptions) -> Ended {
        let job = self.job(options);
        self.sync_job(job)
    }

    /// Does a synchronization, and checks that nothing is left open and that the limits were kept.
    pub(super) fn sync_job(&mut self, job: NewSync) -> Ended {
        let (parallel, held) = (job.options.parallel, job.options.max_held_removals);
        let keeps_renames = job.options.track_renames;
        let elsewhere = self.elsewhere();
        let running = self.running(job);
        let ended = self.run(running).expect("it ended");
        assert_eq!(self.elsewhere(), elsewhere, "a file outside of the destination has changed");
        assert!(self.folder.most_open <= parallel, "{} files were open", self.folder.most_open);
        // The removals of the files under way, of up to five versions each, may come on top.
        let most = held + (parallel + 1) * 6;
        let in_memory = if keeps_renames { most + held } else { most };
        for spilled in &self.folder.spills {
            let groups: Vec<Vec<Removal>> = serde_json::from_slice(spilled).expect("removals");
            let count: usize = groups.iter().map(Vec::len).sum();
            assert!(count <= most, "{count} removals were held, {held} allowed");
        }
        if let Ok(report) = &ended.result {
            assert_eq!(self.folder.left_open, 0, "files were left open");
            let has_spilled = !self.folder.spills.is_empty();
            let must_spill = report.to_remove > in_memory as u64;
            assert!(has_spilled || !must_spill, "{} removals were held", report.to_remove);
        }
        ended
    }
}
