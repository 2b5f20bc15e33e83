//! A local folder as data: the files of a disk that a synchronization reads and writes, with seeded faults.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{
    LocalFile, LocalScan, ScanItem, ScanPage, SinkAbilities, SinkId, SkipReason, SkippedEntry,
    SourceId,
};
use b2_proto::time::Timestamp;
use bytes::Bytes;

use crate::rng::Rng;

/// A file of a [`Folder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFile {
    /// The content.
    pub bytes: Bytes,
    /// The time of the last modification.
    pub modified: Timestamp,
    /// Why the file cannot be seen, if so.
    pub problem: Option<SkipReason>,
}

impl FolderFile {
    /// Creates a file that can be read.
    #[must_use]
    pub fn new(bytes: Bytes, modified: Timestamp) -> Self {
        Self { bytes, modified, problem: None }
    }
}

/// The probabilities in percent that an action fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct FolderFaults {
    /// That the next page of a scan is not read.
    pub scan: u64,
    /// That a file is not opened or hashed.
    pub open: u64,
    /// That a file is not created.
    pub create: u64,
    /// That a file is not published.
    pub publish: u64,
    /// That a file is not removed.
    pub remove: u64,
    /// That bytes are not spilled or returned.
    pub spill: u64,
}

/// A change of the folder by another process.
#[derive(Clone, Debug)]
pub enum FolderChange {
    /// The file gets this content.
    Write(String, FolderFile),
    /// The file is removed.
    Remove(String),
    /// A folder with this file takes the place of the file.
    Nest(String, FolderFile),
}

impl FolderChange {
    /// Returns the name of the file that [`Nest`](Self::Nest) puts into the folder.
    #[must_use]
    pub fn inner(name: &str) -> String {
        format!("{name}/f")
    }
}

/// A local folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// The files by name, including those that cannot be seen.
    pub files: BTreeMap<String, FolderFile>,
    /// The faults.
    pub faults: FolderFaults,
    /// The most bytes that all files and sinks take.
    pub capacity: Option<u64>,
    /// The largest number of files on a page of a scan.
    pub page: u64,
    /// The folders that were created by themselves.
    pub folders: BTreeSet<String>,
    /// The chunks that were spilled.
    pub spills: Vec<Bytes>,
    /// The names that were removed, in this order.
    pub removed: Vec<String>,
    /// The number of sources and sinks that were open at once.
    pub most_open: usize,
    /// The number of sources and sinks that were open when the machine ended.
    pub left_open: usize,
    /// The last name that a scan has reported.
    scanned: Option<String>,
    spilled: VecDeque<Bytes>,
    sources: BTreeMap<SourceId, Opened>,
    sinks: BTreeMap<SinkId, Sink>,
    used_ids: BTreeSet<SinkId>,
}

#[derive(Clone, Debug)]
struct Opened {
    name: String,
    file: FolderFile,
}

#[derive(Clone, Debug)]
struct Sink {
    name: String,
    len: u64,
    bytes: Vec<u8>,
}

fn failure(kind: TransportErrorKind, message: &str) -> TransportError {
    TransportError::new(kind, message)
}

fn gone() -> TransportError {
    failure(TransportErrorKind::Source, "no such file")
}

fn changed() -> TransportError {
    failure(TransportErrorKind::SourceChanged, "the file has changed")
}

fn describe(name: &str, file: &FolderFile) -> LocalFile {
    LocalFile { name: name.into(), size: file.bytes.len() as u64, modified: file.modified }
}

impl Folder {
    /// Returns the files that can be seen.
    #[must_use]
    pub fn visible(&self) -> BTreeMap<String, (Bytes, Timestamp)> {
        let seen = self.files.iter().filter(|(_, file)| file.problem.is_none());
        seen.map(|(name, file)| (name.clone(), (file.bytes.clone(), file.modified))).collect()
    }

    /// Performs a change by another process.
    pub fn change(&mut self, change: FolderChange) {
        match change {
            FolderChange::Write(name, file) => {
                let below = format!("{name}/");
                self.files.retain(|other, _| !other.starts_with(&below));
                self.files.insert(name, file);
            }
            FolderChange::Remove(name) => drop(self.files.remove(&name)),
            FolderChange::Nest(name, file) => {
                self.files.remove(&name);
                self.files.insert(FolderChange::inner(&name), file);
            }
        }
    }

    /// Reads the next page of a scan: a random number of files.
    pub(crate) fn scan(
        &mut self,
        rng: &mut Rng,
        scan: &LocalScan,
    ) -> Result<ScanPage, TransportError> {
        if rng.percent(self.faults.scan) {
            return Err(failure(TransportErrorKind::Source, "the folder cannot be read"));
        }
        let takes = |name: &str| {
            let slashes = name.match_indices('/').map(|(at, _)| at);
            let listed = scan.names.as_deref().is_none_or(|names| names.iter().any(|n| n == name));
            scan.range.contains(name)
                && listed
                && slashes.into_iter().all(|at| scan.filter.enters(&name[..at]))
                && scan.filter.takes(name)
        };
        let after = self.scanned.clone();
        let mut left = self
            .files
            .iter()
            .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after) && takes(name));
        let most = usize::try_from(rng.between(0, self.page.max(1))).unwrap_or(1);
        let page: Vec<_> = left.by_ref().take(most).collect();
        let end = left.next().is_none() && rng.percent(70);
        let item = |(name, file): &(&String, &FolderFile)| match &file.problem {
            None => ScanItem::File(describe(name, file)),
            Some(reason) => {
                ScanItem::Skipped(SkippedEntry { path: (*name).clone(), reason: reason.clone() })
            }
        };
        let mut items: Vec<_> = page.iter().map(item).collect();
        if end {
            let names = scan.names.iter().flat_map(|names| names.iter());
            let missing = names.filter(|name| !self.files.contains_key(*name) && takes(name));
            items.extend(missing.cloned().map(ScanItem::Missing));
        }
        if let Some((last, _)) = page.last() {
            self.scanned = Some((*last).clone());
        }
        Ok(ScanPage { items, end })
    }

    fn is_folder(&self, name: &str) -> bool {
        let below = format!("{name}/");
        self.files.keys().any(|other| other.starts_with(&below))
    }

    fn find(&self, rng: &mut Rng, name: &str) -> Result<&FolderFile, TransportError> {
        if rng.percent(self.faults.open) {
            return Err(failure(TransportErrorKind::Source, "the file cannot be read"));
        }
        if self.is_folder(name) {
            return Err(failure(TransportErrorKind::Source, "is a folder"));
        }
        self.files.get(name).filter(|file| file.problem.is_none()).ok_or_else(gone)
    }

    pub(crate) fn open(
        &mut self,
        rng: &mut Rng,
        source: SourceId,
        name: &str,
    ) -> Result<LocalFile, TransportError> {
        let file = self.find(rng, name)?.clone();
        let found = describe(name, &file);
        let before = self.sources.insert(source, Opened { name: name.into(), file });
        assert!(before.is_none(), "a source is opened twice");
        self.count_open();
        Ok(found)
    }

    pub(crate) fn release_source(&mut self, source: SourceId) {
        assert!(self.sources.remove(&source).is_some(), "a source is released that is not open");
    }

    /// Returns the bytes of an open source. A file that was removed can still be read.
    pub(crate) fn read(&self, source: SourceId) -> Result<&Bytes, TransportError> {
        let Some(Opened { name, file }) = self.sources.get(&source) else {
            panic!("a source is read that is not open");
        };
        match self.files.get(name) {
            Some(now) if now != file => Err(changed()),
            _ => Ok(&file.bytes),
        }
    }

    /// Returns the SHA-1 of a file that was scanned.
    pub(crate) fn digest(
        &self,
        rng: &mut Rng,
        scanned: &LocalFile,
    ) -> Result<Sha1Digest, TransportError> {
        let file = self.find(rng, &scanned.name)?;
        if describe(&scanned.name, file) != *scanned {
            return Err(changed());
        }
        Ok(Sha1Digest::of(&file.bytes))
    }

    pub(crate) fn create(
        &mut self,
        rng: &mut Rng,
        sink: SinkId,
        name: &str,
        len: u64,
    ) -> Result<SinkAbilities, TransportError> {
        assert!(self.used_ids.insert(sink), "a sink is created twice");
        let folders = name.match_indices('/').map(|(at, _)| &name[..at]);
        let conflicts = folders.into_iter().any(|folder| self.files.contains_key(folder))
            || self.is_folder(name);
        if conflicts || rng.percent(self.faults.create) {
            return Err(failure(TransportErrorKind::Sink, "the file cannot be created"));
        }
        self.sinks.insert(sink, Sink { name: name.into(), len, bytes: Vec::new() });
        self.count_open();
        let random_access = rng.percent(60);
        Ok(SinkAbilities { random_access, reads_back_late: random_access && rng.percent(30) })
    }

    pub(crate) fn create_folder(
        &mut self,
        rng: &mut Rng,
        name: &str,
    ) -> Result<(), TransportError> {
        if self.files.contains_key(name) || rng.percent(self.faults.create) {
            return Err(failure(TransportErrorKind::Sink, "the folder cannot be created"));
        }
        self.folders.insert(name.into());
        Ok(())
    }

    fn used(&self) -> u64 {
        let files = self.files.values().map(|file| file.bytes.len());
        files.chain(self.sinks.values().map(|sink| sink.bytes.len())).sum::<usize>() as u64
    }

    pub(crate) fn write(
        &mut self,
        sink: SinkId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), TransportError> {
        let used = self.used();
        let sink = self.sinks.get_mut(&sink).expect("a sink that is not open is written");
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset + bytes.len();
        assert!(end as u64 <= sink.len, "more is written than was announced");
        let more = end.saturating_sub(sink.bytes.len()) as u64;
        if self.capacity.is_some_and(|capacity| used + more > capacity) {
            return Err(failure(TransportErrorKind::SinkFull, "no space is left"));
        }
        if sink.bytes.len() < end {
            sink.bytes.resize(end, 0);
        }
        sink.bytes[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn digest_sink(&self, sink: SinkId, len: u64) -> Sha1Digest {
        let sink = self.sinks.get(&sink).expect("a sink that is not open is read");
        Sha1Digest::of(&sink.bytes[..usize::try_from(len).unwrap_or_default()])
    }

    pub(crate) fn publish(
        &mut self,
        rng: &mut Rng,
        sink: SinkId,
        modified: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), TransportError> {
        let sink = self.sinks.remove(&sink).expect("a sink that is not open is published");
        assert_eq!(sink.bytes.len() as u64, sink.len, "a file is published before it is complete");
        if rng.percent(self.faults.publish) {
            return Err(failure(TransportErrorKind::Sink, "the file cannot be renamed"));
        }
        let file = FolderFile::new(sink.bytes.into(), modified.unwrap_or(now));
        self.files.insert(sink.name, file);
        Ok(())
    }

    pub(crate) fn release_sink(&mut self, sink: SinkId) {
        assert!(self.sinks.remove(&sink).is_some(), "a sink is released that is not open");
    }

    pub(crate) fn remove(&mut self, rng: &mut Rng, name: &str) -> Result<(), TransportError> {
        if rng.percent(self.faults.remove) {
            return Err(failure(TransportErrorKind::Sink, "the file cannot be removed"));
        }
        self.files.remove(name);
        self.removed.push(name.into());
        Ok(())
    }

    pub(crate) fn spill(&mut self, rng: &mut Rng, bytes: Bytes) -> Result<(), TransportError> {
        if rng.percent(self.faults.spill) {
            return Err(failure(TransportErrorKind::SinkFull, "no space is left"));
        }
        self.spills.push(bytes.clone());
        self.spilled.push_back(bytes);
        Ok(())
    }

    pub(crate) fn unspill(&mut self, rng: &mut Rng) -> Result<Option<Bytes>, TransportError> {
        if rng.percent(self.faults.spill) {
            return Err(failure(TransportErrorKind::Sink, "the file cannot be read"));
        }
        Ok(self.spilled.pop_front())
    }

    fn count_open(&mut self) {
        self.most_open = self.most_open.max(self.sources.len() + self.sinks.len());
    }

    /// Closes what a machine that has ended, or was dropped, has left.
    pub(crate) fn close(&mut self) {
        self.left_open = self.sources.len() + self.sinks.len();
        self.sources.clear();
        self.sinks.clear();
        self.used_ids.clear();
        self.spilled.clear();
        self.scanned = None;
    }
}
