//! An account in the SQLite file of Backblaze's own tool.

mod legacy;
mod row;
mod schema;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use b2_client::{AccountStore, BoxFuture, Error};
use b2_proto::account::Snapshot;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::private::{self, Successor};
use super::{corrupt, io_failed, unusable};
use crate::blocking;
use crate::paths::shown;

/// How long to wait for another process. It holds the file for milliseconds, so this many seconds are a
/// process that is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps an account in a file that Backblaze's own `b2` tool understands: a login made there works here, and
/// the reverse.
///
/// Every operation opens the file, is one short transaction, and closes it; several processes may use it at
/// once, and wait for one another. The journal mode of the file is left as it is. Files of any age are read;
/// what is saved has the newest form. The file can be replaced or removed at any time. It is not meant for
/// network file systems, as SQLite is not.
///
/// Only its owner may read the file; if others could, that ends.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    path: PathBuf,
}

impl SqliteStore {
    /// A store in the file at `path`, which need not exist; nothing is opened yet.
    /// [`account_info_path`](crate::account_info_path) says where it usually is.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl AccountStore for SqliteStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        let path = self.path.clone();
        Box::pin(blocking::run(move || load(&path)))
    }

    fn save<'a>(&'a self, snapshot: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        let path = self.path.clone();
        let snapshot = snapshot.clone();
        Box::pin(blocking::run(move || save(&path, &snapshot)))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        let path = self.path.clone();
        Box::pin(blocking::run(move || clear(&path)))
    }

    fn location(&self) -> String {
        shown(&self.path)
    }
}

fn load(path: &Path) -> Result<Option<Snapshot>, Error> {
    match contents(path)? {
        Contents::Nothing => Ok(None),
        Contents::Json(snapshot) => Ok(Some(*snapshot)),
        Contents::Database => {
            let mut connection = open(path)?;
            let read = read(&mut connection).map_err(|error| failed(path, error))?;
            read.map(|row| row.ok_or_else(|| corrupt(path, "its key is missing").into()))
                .transpose()
        }
    }
}

/// What is stored; nothing within if it cannot be read.
fn read(connection: &mut Connection) -> rusqlite::Result<Option<Option<Snapshot>>> {
    // One transaction, so that the row and the names belong together.
    let transaction = connection.transaction()?;
    row::read(&transaction)
}

fn save(path: &Path, snapshot: &Snapshot) -> Result<(), Error> {
    match contents(path)? {
        Contents::Nothing => {
            private::create_parents(path).map_err(|error| io_failed(path, error))?;
            match private::options().open(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(io_failed(path, error));
                }
                _ => {}
            }
        }
        Contents::Database => {}
        Contents::Json(_) => {
            // It goes on under another name, for whoever still uses a tool of that time.
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".json");
            let copy = path.with_file_name(name);
            fs::copy(path, &copy).map_err(|error| io_failed(&copy, error))?;
            return replace(path, |transaction| row::write(transaction, snapshot));
        }
    }
    change(path, path, |transaction| {
        schema::upgrade(transaction)?;
        row::write(transaction, snapshot)
    })
}

fn clear(path: &Path) -> Result<(), Error> {
    match contents(path)? {
        Contents::Nothing => Ok(()),
        Contents::Json(_) => replace(path, |_| Ok(())),
        Contents::Database => change(path, path, |transaction| row::clear(transaction)),
    }
}

/// Puts a new database in the place of what is there.
fn replace(
    path: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let successor = Successor::create(path).map_err(|error| io_failed(path, error))?;
    change(successor.path(), path, |transaction| {
        schema::upgrade(transaction)?;
        work(transaction)
    })?;
    successor.take_over().map_err(|error| io_failed(path, error))
}

/// One transaction on the database in `file`; failures are about `path`.
fn change(
    file: &Path,
    path: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let mut connection = open(file)?;
    let change = || {
        // What is deleted is overwritten: it may be a key.
        connection.pragma_update(None, "secure_delete", true)?;
        // The lock is taken at the start, where waiting for it cannot meet another who waits for us.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&transaction)?;
        transaction.commit()
    };
    change().map_err(|error| failed(path, error))
}

enum Contents {
    Nothing,
    Database,
    Json(Box<Snapshot>),
}

const MAGIC: &[u8] = b"SQLite format 3\0";

/// What the file is. It is never changed here, but for who may read it.
fn contents(path: &Path) -> Result<Contents, Error> {
    use std::io::Read;

    private::tighten(path);
    let mut start = Vec::new();
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::Nothing),
        Err(error) => return Err(io_failed(path, error)),
    };
    file.take(legacy::LONGEST).read_to_end(&mut start).map_err(|error| io_failed(path, error))?;
    if start.is_empty() {
        // Just created, perhaps by another process, and not written to yet.
        Ok(Contents::Nothing)
    } else if start.starts_with(MAGIC) {
        Ok(Contents::Database)
    } else if let Some(snapshot) = legacy::read(&start) {
        Ok(Contents::Json(Box::new(snapshot)))
    } else {
        Err(corrupt(path, "it is no SQLite database").into())
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| failed(path, error))?;
    connection.busy_timeout(PATIENCE).map_err(|error| failed(path, error))?;
    Ok(connection)
}

/// Busy, unusable and unreadable are three different things to do something about.
fn failed(path: &Path, error: rusqlite::Error) -> Error {
    let data = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unusable(
            path,
            "another program has held it for a minute; see whether one is stuck, and try again",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            unusable(path, "it cannot be written; check its permissions and those of its folder")
        }
        Some(ErrorCode::DiskFull) => unusable(path, "the disk is full"),
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => {
            unusable(path, &error.to_string())
        }
        _ => corrupt(path, &error.to_string()),
    };
    Error::with_cause(data, error)
}

#[cfg(test)]
mod tests;
