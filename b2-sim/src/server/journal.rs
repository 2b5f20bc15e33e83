//! The state of the service on disk, and the journal of what has changed since it was saved.
//!
//! ```text
//! state-7.json      the state at the start of journal 7, replaced atomically
//! journal-7.jsonl   the changes since, a line for each request that changed something
//! ```
//!
//! A change is written before its request is answered, so that the state survives the end of the process at any moment.
//! It is not flushed to the device: the end of the system may lose what was answered last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::service::Service;

/// The state is saved again when the journal has this many bytes more than twice the state.
const MAX_LEN: u64 = 16 << 20;

/// The journal of a service.
pub(super) struct Journal {
    directory: PathBuf,
    number: u64,
    file: File,
    len: u64,
    state_len: u64,
    /// Whether a line could not be written, so that the state has to be saved before the next one.
    broken: bool,
}

/// A state that is to be saved.
pub(super) struct Snapshot {
    number: u64,
    state: Vec<u8>,
}

impl Journal {
    /// Restores the service from a directory, or creates one, and starts or continues its journal.
    pub(super) fn open(directory: &Path, config: Config) -> io::Result<(Self, Service)> {
        let number = numbers(directory, "state-", ".json")?.pop();
        let state = match number {
            Some(number) => Some(fs::read(state_path(directory, number))?),
            None => None,
        };
        let mut service = match &state {
            Some(state) => Service::restore(config, state).map_err(io::Error::other)?,
            None => Service::new(config),
        };
        let number = number.unwrap_or_default();
        let mut last = number;
        let mut is_current = state.is_some();
        for journal in numbers(directory, "journal-", ".jsonl")? {
            if journal >= number {
                is_current &= !replay(&journal_path(directory, journal), &mut service)?;
                last = journal;
            }
        }
        service.record_changes();
        let mut journal = Self {
            directory: directory.to_owned(),
            number: last,
            file: open_private(&journal_path(directory, last), OpenOptions::new().append(true))?,
            len: 0,
            state_len: state.map_or(0, |state| state.len() as u64),
            broken: false,
        };
        if !is_current {
            let snapshot = journal.rotate(&service)?;
            journal.write(&snapshot)?;
        }
        Ok((journal, service))
    }

    /// Appends a line.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier change could not be written"));
        }
        let written = self.file.write_all(line);
        self.broken = written.is_err();
        self.len += line.len() as u64;
        written
    }

    /// Appends what has changed in the service, and returns whether contents may have become unused. What cannot be
    /// written is in the next state.
    pub(super) fn record(&mut self, service: &mut Service) -> io::Result<bool> {
        let changes = service.take_changes().map_err(io::Error::other);
        self.broken |= changes.is_err();
        let Some(changes) = changes? else {
            return Ok(false);
        };
        self.append(&changes.line)?;
        Ok(changes.removes)
    }

    /// Returns whether the state should be saved.
    pub(super) fn is_long(&self) -> bool {
        self.broken || self.len > MAX_LEN + 2 * self.state_len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Starts the next journal, and returns the state at its start. Until that is [written](Self::write), both journals
    /// are needed.
    pub(super) fn rotate(&mut self, service: &Service) -> io::Result<Snapshot> {
        let state = service.save().map_err(io::Error::other)?;
        let path = journal_path(&self.directory, self.number + 1);
        // What is there is of a rotation that failed.
        self.file = open_private(&path, OpenOptions::new().write(true).truncate(true))?;
        self.number += 1;
        (self.len, self.state_len, self.broken) = (0, state.len() as u64, false);
        Ok(Snapshot { number: self.number, state })
    }

    /// Writes a state, and deletes what it replaces.
    pub(super) fn write(&self, snapshot: &Snapshot) -> io::Result<()> {
        write_state(&self.directory, snapshot)
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Writes a state atomically, and deletes the earlier ones with their journals.
pub(super) fn write_state(directory: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let new = directory.join("state.json.new");
    let mut file = open_private(&new, OpenOptions::new().write(true).truncate(true))?;
    file.write_all(&snapshot.state)?;
    file.sync_all()?;
    fs::rename(new, state_path(directory, snapshot.number))?;
    for number in numbers(directory, "state-", ".json")? {
        if number < snapshot.number {
            fs::remove_file(state_path(directory, number))?;
        }
    }
    for number in numbers(directory, "journal-", ".jsonl")? {
        if number < snapshot.number {
            fs::remove_file(journal_path(directory, number))?;
        }
    }
    Ok(())
}

/// Applies the lines of a journal, and returns whether it is not empty. A last line without an end was being written when
/// the process ended, and its request was not answered.
fn replay(path: &Path, service: &mut Service) -> io::Result<bool> {
    let mut lines = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    let mut number = 0_u64;
    while lines.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        if line.ends_with(b"\n") {
            service.apply_changes(&line).map_err(|error| {
                io::Error::other(format!("{}, line {number}: {error}", path.display()))
            })?;
        }
        line.clear();
    }
    Ok(number > 0)
}

fn state_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("state-{number}.json"))
}

fn journal_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("journal-{number}.jsonl"))
}

/// Returns the numbers in the names of files, in ascending order.
fn numbers(directory: &Path, prefix: &str, suffix: &str) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(suffix));
        numbers.extend(name.and_then(|number| number.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Opens or creates a file that only its owner can read, since it contains application keys.
fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
