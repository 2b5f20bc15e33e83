//! A cache of the SHA-1 of local files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::private;

/// The number of files that are remembered. The ones that were used longest ago are removed.
const MAX_FILES: u32 = 1_000_000;

/// The number of files that may be added before the size of the cache is checked.
const CHECK_EVERY: u32 = 10_000;

/// A file may change again without a new time: some file systems count in units of two seconds. A file that was changed
/// less than this before it was read is not remembered.
const MIN_AGE: Duration = Duration::from_secs(3);

/// The time after which the use of an entry is recorded again.
const USE_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS local_sha1 (
        path TEXT PRIMARY KEY NOT NULL,
        version TEXT NOT NULL,
        sha1 TEXT NOT NULL,
        used INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS local_sha1_used ON local_sha1 (used);
";

/// What identifies the content of a local file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    /// Device, inode, size, and the nanoseconds of modification and change.
    version: String,
    changed: Timestamp,
}

impl FileIdentity {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let (seconds, nanos) = (metadata.ctime(), metadata.ctime_nsec());
        let version = format!(
            "{}:{}:{}:{}.{:09}:{seconds}.{nanos:09}",
            metadata.dev(),
            metadata.ino(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        );
        let seconds = u64::try_from(seconds).unwrap_or_default();
        Self { version, changed: Timestamp::from_millis(seconds.saturating_add(1) * 1_000) }
    }

    #[cfg(windows)]
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::windows::fs::MetadataExt;
        let (created, written) = (metadata.creation_time(), metadata.last_write_time());
        let version = format!("{}:{written}:{created}", metadata.file_size());
        let changed = metadata.modified().map(Timestamp::from).unwrap_or_default();
        Self { version, changed }
    }
}

/// The SHA-1 of local files in an SQLite file. Errors are ignored: without the cache, files are read again.
#[derive(Clone, Debug)]
pub(crate) struct Sha1Cache {
    path: PathBuf,
    max_files: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    connection: Option<Connection>,
    added: u32,
}

impl Sha1Cache {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, max_files: MAX_FILES, state: Arc::default() }
    }

    /// Returns the SHA-1 of a file, if it is known and the file is unchanged. May block.
    pub(crate) fn get(
        &self,
        path: &Path,
        file: &FileIdentity,
        now: Timestamp,
    ) -> Option<Sha1Digest> {
        let path = path.to_string_lossy();
        self.with(|connection, _| {
            let sql = "SELECT sha1, used FROM local_sha1 WHERE path = ?1 AND version = ?2";
            let found: Option<(String, i64)> = connection
                .prepare_cached(sql)?
                .query_row(params![path, file.version], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((_, used)) = &found
                && now.saturating_since(from_sql(*used)) > USE_INTERVAL
            {
                let sql = "UPDATE local_sha1 SET used = ?2 WHERE path = ?1";
                connection.execute(sql, params![path, to_sql(now)])?;
            }
            Ok(found.and_then(|(sha1, _)| sha1.parse().ok()))
        })
        .flatten()
    }

    /// Remembers the SHA-1 of a file that was read at `now` or later. May block.
    pub(crate) fn put(&self, path: &Path, file: &FileIdentity, sha1: Sha1Digest, now: Timestamp) {
        if now.saturating_since(file.changed) < MIN_AGE {
            return;
        }
        self.with(|connection, added| {
            let sql = "INSERT OR REPLACE INTO local_sha1 (path, version, sha1, used) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![
                path.to_string_lossy(),
                file.version,
                sha1.to_hex(),
                to_sql(now)
            ])?;
            // The first file of a run is counted too, so that short runs also bound the cache.
            if *added % CHECK_EVERY == 0 {
                let sql = "DELETE FROM local_sha1 WHERE path IN (SELECT path FROM local_sha1 ORDER BY used, path
                    LIMIT max(0, (SELECT COUNT(*) FROM local_sha1) - ?1))";
                connection.execute(sql, [self.max_files])?;
            }
            *added = added.wrapping_add(1);
            Ok(())
        });
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection, &mut u32) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { connection, added } = &mut *state;
        let connection = match connection {
            Some(connection) => connection,
            none => none.insert(self.open()?),
        };
        work(connection, added).ok()
    }

    fn open(&self) -> Option<Connection> {
        private::create_parents(&self.path).ok()?;
        private::create(&self.path).ok()?;
        private::tighten(&self.path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).ok()?;
        connection.busy_timeout(BUSY_TIMEOUT).ok()?;
        connection.execute_batch(SCHEMA).ok()?;
        Some(connection)
    }
}

fn to_sql(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn from_sql(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000_000);

    fn identity(version: &str) -> FileIdentity {
        FileIdentity { version: version.to_owned(), changed: Timestamp::from_millis(0) }
    }

    fn new_cache() -> (tempfile::TempDir, Sha1Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Sha1Cache::new(folder.path().join("b2/hashes"));
        (folder, cache)
    }

    #[test]
    fn only_unchanged_files_are_found() {
        let (_folder, cache) = new_cache();
        let (one, sha1) = (Path::new("/one"), Sha1Digest::of(b"1"));
        assert_eq!(cache.get(one, &identity("a"), NOW), None);
        cache.put(one, &identity("a"), sha1, NOW);
        let again = Sha1Cache::new(cache.path.clone());
        assert_eq!(again.get(one, &identity("a"), NOW), Some(sha1));
        assert_eq!(again.get(one, &identity("b"), NOW), None);
        assert_eq!(again.get(Path::new("/two"), &identity("a"), NOW), None);
        cache.put(one, &identity("b"), Sha1Digest::of(b"2"), NOW);
        assert_eq!(again.get(one, &identity("a"), NOW), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&cache.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_was_just_changed_is_not_remembered() {
        let (_folder, cache) = new_cache();
        let changed = |changed| FileIdentity { changed, ..identity("a") };
        let at = |millis: u64| Timestamp::from_millis(NOW.as_millis() + millis);
        for (file, is_found) in [(changed(at(0)), false), (changed(at(9_000)), false)] {
            cache.put(Path::new("/one"), &file, Sha1Digest::of(b"1"), at(1_000));
            assert_eq!(cache.get(Path::new("/one"), &file, NOW).is_some(), is_found);
        }
        cache.put(Path::new("/one"), &changed(at(0)), Sha1Digest::of(b"1"), at(3_000));
        assert!(cache.get(Path::new("/one"), &changed(at(0)), NOW).is_some());
    }

    #[test]
    fn the_files_that_were_used_longest_ago_are_removed() {
        let (_folder, mut cache) = new_cache();
        cache.max_files = 3;
        let path = |n: u64| PathBuf::from(format!("/{n}"));
        let day = |n: u64| Timestamp::from_millis(NOW.as_millis() + n * 86_400_000);
        for n in 0..5 {
            cache.put(&path(n), &identity("a"), Sha1Digest::of(b"1"), day(n));
        }
        assert!(cache.get(&path(0), &identity("a"), day(10)).is_some());
        // A new run counts.
        let mut cache = Sha1Cache::new(cache.path.clone());
        cache.max_files = 3;
        cache.put(&path(5), &identity("a"), Sha1Digest::of(b"1"), day(11));
        let found = |n: &u64| cache.get(&path(*n), &identity("a"), day(11)).is_some();
        assert_eq!((0..6).filter(found).collect::<Vec<_>>(), [0, 4, 5]);
    }

    #[test]
    fn a_file_that_is_no_database_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        std::fs::write(&path, "these are notes, and no database").unwrap();
        let cache = Sha1Cache::new(path.clone());
        cache.put(Path::new("/one"), &identity("a"), Sha1Digest::of(b"1"), NOW);
        assert_eq!(cache.get(Path::new("/one"), &identity("a"), NOW), None);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "these are notes, and no database");
    }
}
