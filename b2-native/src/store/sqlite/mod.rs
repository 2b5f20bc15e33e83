//! Stores an account in the SQLite file of Backblaze's own tool.

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

use super::private::{self, Replacement};
use super::{corrupt, io_failed, unusable};
use crate::blocking;
use crate::paths::display;

/// How long to wait for a lock of another process, which normally holds it for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// Stores an account in the file of Backblaze's own `b2` tool, so that both share logins.
///
/// Every operation opens the file, runs one short transaction and closes the file, so several processes may use it at
/// once. The journal mode of the file is kept. Files of all versions of the tool can be read; saving converts them to the
/// newest format. The file may be replaced or removed at any time. Like all SQLite files, it should not be on a network
/// file system.
///
/// The file is readable by its owner only. Permissions of other users are removed.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    path: PathBuf,
}

impl SqliteStore {
    /// Returns a store in the file at `path`, which need not exist. Nothing is opened yet.
    /// [`account_info_path`](crate::account_info_path) returns the usual path.
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
        display(&self.path)
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

/// Reads the account. Returns `None` if there is none, and `Some(None)` if its key is missing.
fn read(connection: &mut Connection) -> rusqlite::Result<Option<Option<Snapshot>>> {
    // One transaction, so that the row and the names are consistent.
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
            // The file is copied, since older versions of the tool need it.
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

/// Replaces the file with a new database.
fn replace(
    path: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let replacement = Replacement::create(path).map_err(|error| io_failed(path, error))?;
    change(open(replacement.path())?, work).map_err(|error| failed(path, error))?;
    replacement.commit().map_err(|error| io_failed(path, error))
}

/// Runs a writing transaction.
fn change(
    mut connection: Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Deleted data is overwritten, since it may be a key.
    connection.pragma_update(None, "secure_delete", true)?;
    // The lock is acquired at the start, since upgrading a lock later can deadlock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    work(&transaction)?;
    transaction.commit()
}

enum Contents {
    Nothing,
    Database(Connection),
    Json(Box<Snapshot>),
}

/// Opens the file and detects its format. Only its permissions are changed.
///
/// A database is opened by SQLite only: closing another descriptor of the file would release all POSIX locks of the
/// process on it, including those of SQLite in other threads.
fn contents(path: &Path) -> Result<Contents, Error> {
    private::tighten(path);
    match fs::metadata(path) {
        // An empty file may just have been created by another process.
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
                legacy::read(&text).ok_or_else(|| corrupt(path, "it is not an SQLite database"))?;
            Ok(Contents::Json(Box::new(snapshot)))
        }
        Err(error) => Err(failed(path, error)),
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| failed(path, error))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| failed(path, error))?;
    Ok(connection)
}

/// Returns the error for an SQLite error: busy, unusable or corrupt.
fn failed(path: &Path, error: rusqlite::Error) -> Error {
    let data = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unusable(
            path,
            "another program has locked it for a minute; check whether one hangs, and try again",
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
