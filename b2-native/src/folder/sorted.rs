//! The entries of one folder in the order of their names, sorted on disk if there are many.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::vec;

use crate::blocking;

/// The number of bytes that are read at once from each sorted run.
const READ_AHEAD: usize = 16 * 1024;

/// What an entry is, as far as it decides its place and how it is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A link that is not followed.
    Link,
    /// A link that is followed, to something that is not a folder.
    LinkedFile,
    /// A link that is followed, to a folder.
    LinkedFolder,
    Special,
    /// The name is for messages.
    NotUtf8,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::File,
        Self::Folder,
        Self::Link,
        Self::LinkedFile,
        Self::LinkedFolder,
        Self::Special,
        Self::NotUtf8,
    ];

    fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::LinkedFolder)
    }
}

/// An entry of a folder. Entries are ordered by the bytes of their names, and the name of a folder ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.name.as_bytes(), other.name.as_bytes());
        let common = one.len().min(two.len());
        let next = |name: &[u8], kind: Kind| {
            name.get(common).copied().or_else(|| kind.is_folder().then_some(b'/'))
        };
        one[..common]
            .cmp(&two[..common])
            .then_with(|| next(one, self.kind).cmp(&next(two, other.kind)))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Sorts entries. At most `limit` are in memory at once; more are sorted in runs in an unnamed temporary file.
#[derive(Debug)]
pub(super) struct Sorter {
    limit: usize,
    chunk: Vec<Entry>,
    runs: Option<Runs>,
}

impl Sorter {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), chunk: Vec::new(), runs: None }
    }

    pub(super) fn push(&mut self, entry: Entry) -> io::Result<()> {
        self.chunk.push(entry);
        if self.chunk.len() < self.limit { Ok(()) } else { self.write_run() }
    }

    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_none() {
            self.chunk.sort_unstable();
            return Ok(Sorted::Memory(self.chunk.into_iter()));
        }
        self.write_run()?;
        match self.runs {
            Some(runs) => Ok(Sorted::Disk(Merge::new(runs)?)),
            None => Ok(Sorted::Memory(Vec::new().into_iter())),
        }
    }

    fn write_run(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        self.chunk.sort_unstable();
        let runs = match &mut self.runs {
            Some(runs) => runs,
            none => none.insert(Runs::new()?),
        };
        runs.write(self.chunk.drain(..))
    }
}

/// Sorted runs in one file.
#[derive(Debug)]
struct Runs {
    file: File,
    ends: Vec<u64>,
}

impl Runs {
    fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, ends: Vec::new() })
    }

    /// Appends a run. Each record is the kind, the length of the name in four bytes, and the name.
    fn write(&mut self, entries: impl Iterator<Item = Entry>) -> io::Result<()> {
        let mut end = self.ends.last().copied().unwrap_or(0);
        let mut writer = BufWriter::with_capacity(4 * READ_AHEAD, &self.file);
        for entry in entries {
            let name = entry.name.as_bytes();
            let len = u32::try_from(name.len()).map_err(|_| io::ErrorKind::InvalidData)?;
            writer.write_all(&[entry.kind as u8])?;
            writer.write_all(&len.to_le_bytes())?;
            writer.write_all(name)?;
            end += HEAD as u64 + u64::from(len);
        }
        writer.flush()?;
        self.ends.push(end);
        Ok(())
    }
}

/// The length of a record without the name.
const HEAD: usize = 5;

/// One run that is being read.
#[derive(Debug)]
struct Run {
    /// What has not been read of the file.
    rest: Range<u64>,
    buffer: Vec<u8>,
    /// Where the next record begins in the buffer.
    at: usize,
}

impl Run {
    fn next(&mut self, file: &File) -> io::Result<Option<Entry>> {
        let Ok([kind, len @ ..]) = <[u8; HEAD]>::try_from(self.take(file, HEAD)?) else {
            return Ok(None);
        };
        let kind = Kind::ALL.get(usize::from(kind)).copied();
        let len = u32::from_le_bytes(len) as usize;
        let name = std::str::from_utf8(self.take(file, len)?).ok().map(Box::from);
        let entry = kind.zip(name).map(|(kind, name)| Entry { name, kind });
        entry.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Returns the next `len` bytes, and none at the end of the run.
    fn take(&mut self, file: &File, len: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < len {
            if self.rest.is_empty() {
                return Ok(&[]);
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            let old = self.buffer.len();
            let more = usize::try_from(self.rest.end - self.rest.start).unwrap_or(READ_AHEAD);
            self.buffer.resize(old + more.min(READ_AHEAD), 0);
            let read = blocking::read_at(file, &mut self.buffer[old..], self.rest.start)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.truncate(old + read);
            self.rest.start += read as u64;
        }
        let taken = &self.buffer[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }
}

/// Merges sorted runs.
#[derive(Debug)]
pub(super) struct Merge {
    file: File,
    runs: Vec<Run>,
    /// The first entry of each run, with the number of the run.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl Merge {
    fn new(runs: Runs) -> io::Result<Self> {
        let mut start = 0;
        let mut merge = Self { file: runs.file, runs: Vec::new(), heads: BinaryHeap::new() };
        for end in runs.ends {
            merge.runs.push(Run { rest: start..end, buffer: Vec::new(), at: 0 });
            merge.refill(merge.runs.len() - 1)?;
            start = end;
        }
        Ok(merge)
    }

    fn refill(&mut self, run: usize) -> io::Result<()> {
        if let Some(entry) = self.runs[run].next(&self.file)? {
            self.heads.push(Reverse((entry, run)));
        }
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Entry>> {
        let Some(Reverse((entry, run))) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(entry))
    }
}

/// Sorted entries.
#[derive(Debug)]
pub(super) enum Sorted {
    Memory(vec::IntoIter<Entry>),
    Disk(Merge),
}

impl Sorted {
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        match self {
            Self::Memory(entries) => Ok(entries.next()),
            Self::Disk(merge) => merge.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(entries: &[Entry], limit: usize) -> Vec<Entry> {
        let mut sorter = Sorter::new(limit);
        for entry in entries {
            sorter.push(entry.clone()).unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn a_folder_sorts_as_if_its_name_ended_in_a_slash() {
        let entry = |name: &str, kind| Entry { name: name.into(), kind };
        let entries = [
            entry("a0", Kind::File),
            entry("a", Kind::Folder),
            entry("a.txt", Kind::File),
            entry("a", Kind::File),
            entry("\u{1f600}", Kind::File),
            entry("\u{ff5e}", Kind::LinkedFolder),
            entry("a b", Kind::Folder),
        ];
        let names = |entries: Vec<Entry>| {
            entries.into_iter().map(|entry| entry.name.into_string()).collect::<Vec<_>>()
        };
        let expected = ["a", "a b", "a.txt", "a", "a0", "\u{ff5e}", "\u{1f600}"];
        assert_eq!(names(sorted(&entries, 100)), expected);
    }

    #[test]
    fn sorting_on_disk_gives_the_same() {
        let entries: Vec<_> = (0..5_000_u64)
            .map(|n| {
                let scattered = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let long = "x".repeat(if n % 1_000 == 0 { 20_000 } else { 3 });
                let kind = Kind::ALL[n as usize % Kind::ALL.len()];
                Entry { name: format!("{scattered:x}{long}").into(), kind }
            })
            .collect();
        let expected = sorted(&entries, usize::MAX);
        for limit in [1_000, 5_000, 4_999, 37] {
            assert_eq!(sorted(&entries, limit), expected, "{limit}");
        }
        assert_eq!(sorted(&entries[..3], 1), sorted(&entries[..3], 10));
        assert_eq!(sorted(&[], 1), []);
    }
}
