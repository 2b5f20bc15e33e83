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
        Contents::Database(mut connection) => {
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
    let work = |transaction: &Transaction<'_>| {
        schema::upgrade(transaction)?;
        row::write(transaction, snapshot)
    };
    match contents(path)? {
        Contents::Nothing => {
            private::create_parents(path)
                .and_then(|()| private::create(path))
                .map_err(|error| io_failed(path, error))?;
            change(open(path)?, work).map_err(|error| failed(path, error))
        }
        Contents::Database(connection) => {
            change(connection, work).map_err(|error| failed(path, error))
        }
        Contents::Json(_) => {
            // It is kept under another name for older tools.
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".json");
            let copy = path.with_file_name(name);
            fs::copy(path, &copy).map_err(|error| io_failed(&copy, error))?;
            replace(path, work)
        }
    }
}

fn clear(path: &Path) -> Result<(), Error> {
    match contents(path)? {
        Contents::Nothing => Ok(()),
        Contents::Json(_) => replace(path, schema::upgrade),
        Contents::Database(connection) => {
            change(connection, row::clear).map_err(|error| failed(path, error))
        }
    }
}

/// Puts a new database in the place of what is there.
fn replace(
    path: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let successor = Successor::create(path).map_err(|error| io_failed(path, error))?;
    change(open(successor.path())?, work).map_err(|error| failed(path, error))?;
    successor.take_over().map_err(|error| io_failed(path, error))
}

/// One transaction.
fn change(
    mut connection: Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // What is deleted is overwritten: it may be a key.
    connection.pragma_update(None, "secure_delete", true)?;
    // The lock is taken at the start, where waiting for it cannot meet another who waits for us.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    work(&transaction)?;
    transaction.commit()
}

enum Contents {
    Nothing,
    Database(Connection),
    Json(Box<Snapshot>),
}

/// What the file is. It is never changed here, but for who may read it.
///
/// A database is opened by SQLite only: when anybody else in this process closes the file, the system takes
/// all locks of the process away, those of SQLite in another thread among them.
fn contents(path: &Path) -> Result<Contents, Error> {
    private::tighten(path);
    match fs::metadata(path) {
        // An empty one was just created, perhaps by another process that will write to it next.
        Ok(metadata) if metadata.len() == 0 => return Ok(Contents::Nothing),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::Nothing),
        Err(error) => return Err(io_failed(path, error)),
    }
    let connection = open(path)?;
    let version = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    match version {
        Ok(()) => Ok(Contents::Database(connection)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            drop(connection);
            let text = fs::read(path).map_err(|error| io_failed(path, error))?;
            let snapshot =
                legacy::read(&text).ok_or_else(|| corrupt(path, "it is no SQLite database"))?;
            Ok(Contents::Json(Box::new(snapshot)))
        }
        Err(error) => Err(failed(path, error)),
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
