//! Local folders as one side of a synchronization, and the rules for names of files at B2 in local folders.

pub(crate) mod below;
mod collisions;
mod directory;
mod lookup;
mod new_file;
mod pages;
mod sorted;
mod walk;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use b2_client::{BoxFuture, HostError, LocalFolder, NewLocalFile, ScanStream, Source};
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{LocalFile, LocalScan, Symlinks};
use bytes::Bytes;

pub use below::local_path;
use below::open_below;

use crate::blocking;
use crate::paths::display;
use crate::source::{has_known_len_open, kind_of, open_nonblocking};
#[cfg(feature = "sqlite")]
use crate::store::{FileIdentity, Sha1Cache};
use crate::{NativeHost, NativeSource, SaveOptions, make_folder_below, source};
use below::{remove_below, to_path};
use directory::SystemFolder;
use lookup::Lookup;
use new_file::{Claims, TriedParent, sink_failed};
use pages::ScanPages;
use walk::Walk;

/// The number of entries of one folder that are sorted in memory. It bounds the memory of a scan at each depth to a few
/// megabytes.
const SORT_LIMIT: usize = 50_000;

/// The largest file of unknown size that is read, in bytes.
const MAX_UNSIZED: u64 = 16 << 20;

/// A local folder that is synchronized.
///
/// A scan reports the files in the order in which B2 lists their names. Its memory depends on the depth of the tree and
/// not on the number of files: the entries of a folder with more than 50,000 are sorted in an unnamed temporary file.
///
/// Nothing outside of the folder is read or written: below it, links are not followed, unless a scan follows them. The path
/// of the folder itself may contain links. Files are written as by [`SaveFile::create_below`](crate::SaveFile): a file
/// appears under its name when it is complete. A name that this system cannot store, and a name that the file system does
/// not distinguish from that of another file, fail alone. A file that the system generates, such as those in `/proc`, has
/// no size before it is read: it is read into memory when it is opened, up to 16 MiB.
///
/// ```no_run
/// use b2_native::{Bucket, Error, Folder, NativeFolder};
///
/// # async fn run(bucket: Bucket) -> Result<(), Error> {
/// let photos = NativeFolder::new("photos").durable(true);
/// let report = bucket.client().sync(bucket.folder("photos"), Folder::local(photos)).await?;
/// println!("{} files downloaded", report.downloaded);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NativeFolder {
    root: PathBuf,
    sort_limit: usize,
    /// Whether the folder is created with its first file.
    creates_root: Arc<AtomicBool>,
    /// Whether files are opened through links.
    follows_links: Arc<AtomicBool>,
    options: SaveOptions,
    claims: Arc<Claims>,
    /// Where files were found to be possible.
    tried: Arc<TriedParent>,
    #[cfg(feature = "sqlite")]
    sha1_cache: Option<Sha1Cache>,
}

impl NativeFolder {
    /// Returns the folder at `path`. Nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            root: path.into(),
            sort_limit: SORT_LIMIT,
            creates_root: Arc::new(AtomicBool::new(true)),
            follows_links: Arc::default(),
            options: SaveOptions::default(),
            claims: Arc::default(),
            tried: Arc::default(),
            #[cfg(feature = "sqlite")]
            sha1_cache: None,
        }
    }

    /// Sets whether a folder that does not exist is created with its first file, before the first scan. From then on, the
    /// scan decides. Default: yes.
    #[must_use]
    pub fn may_be_missing(mut self, on: bool) -> Self {
        self.creates_root = Arc::new(AtomicBool::new(on));
        self
    }

    /// Sets whether files are opened through links, before the first scan. From then on, the scan decides. Default: not.
    #[must_use]
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.follows_links = Arc::new(AtomicBool::new(symlinks == Symlinks::Follow));
        self
    }

    /// Remembers the SHA-1 of files in an SQLite file at `path`, which is created if it does not exist, and which only its
    /// owner may read. A file is not read again while its device, inode, size and times are the same. The last million
    /// files are remembered. If the cache cannot be used, files are read.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sha1_cache(mut self, path: impl Into<PathBuf>) -> Self {
        self.sha1_cache = Some(Sha1Cache::new(path.into()));
        self
    }

    /// Sets whether new files are written to the disk (`fsync`) before they get their names. Default: no.
    #[must_use]
    pub fn durable(mut self, on: bool) -> Self {
        self.options.durable = on;
        self
    }

    /// Sets the number of entries of one folder that are sorted in memory. Default: 50,000.
    #[must_use]
    pub fn sort_limit(mut self, entries: usize) -> Self {
        self.sort_limit = entries;
        self
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Opens a file. May block.
    fn open_now(&self, name: &str) -> Result<OpenedFile, HostError> {
        lookup::check_relative(name).map_err(|why| {
            let text = format!("the name '{}' cannot be opened: {why}", name.escape_debug());
            HostError::from(TransportError::new(TransportErrorKind::Source, text))
        })?;
        let path = self.root.join(to_path(name));
        let unreadable = |error: io::Error| failed(format!("{}: {error}", display(&path)), error);
        let follows_links = self.follows_links.load(Ordering::Relaxed);
        let opened =
            if follows_links { open_nonblocking(&path) } else { open_below(&self.root, name) };
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(changed(&path, "was removed"));
            }
            Err(error) => return Err(unreadable(error)),
        };
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            let how = format!("is {} now, not a regular file", kind_of(&metadata));
            return Err(changed(&path, &how));
        }
        let (len, modified) = (metadata.len(), metadata.modified().ok());
        let listed = LocalFile {
            name: name.to_owned(),
            size: len,
            modified: directory::modified(&metadata),
        };
        let source = if !has_known_len_open(&file, len) {
            read_unsized(&file).map(NativeSource::from).map_err(unreadable)?
        } else if follows_links {
            source::LocalFile::from_metadata(path.clone(), len, modified).into()
        } else {
            source::LocalFile::below(self.root.clone(), name.to_owned(), len, modified).into()
        };
        let local = LocalFile { size: source.len(), ..listed.clone() };
        Ok(OpenedFile { source, listed, local, path, file })
    }

    /// Creates the folder itself if it may be missing. May block.
    fn create_root(&self) -> Result<(), HostError> {
        if !self.creates_root.load(Ordering::Relaxed) {
            return Ok(());
        }
        fs::create_dir_all(&self.root).map_err(|error| not_changed(&self.root, error))
    }

    /// Returns the file if it is the one that a scan has reported. May block.
    fn reopen_now(&self, expected: &LocalFile) -> Result<OpenedFile, HostError> {
        let opened = self.open_now(&expected.name)?;
        if opened.listed == *expected {
            return Ok(opened);
        }
        Err(changed(&opened.path, "has changed since it was listed"))
    }

    async fn digest_cached(self, expected: LocalFile) -> Result<Sha1Digest, HostError> {
        #[cfg(feature = "sqlite")]
        if let Some(cache) = self.sha1_cache.clone() {
            return self.digest_in(cache, expected).await;
        }
        let opened = blocking::run(move || self.reopen_now(&expected)).await?;
        opened.source.digest(0..opened.local.size).await
    }

    #[cfg(feature = "sqlite")]
    async fn digest_in(
        self,
        cache: Sha1Cache,
        expected: LocalFile,
    ) -> Result<Sha1Digest, HostError> {
        let now = crate::clock::timestamp();
        let found = {
            let (cache, folder, expected) = (cache.clone(), self.clone(), expected.clone());
            blocking::run(move || {
                let opened = folder.reopen_now(&expected)?;
                // The metadata of a file of unknown size say nothing about its content.
                let is_sized = opened.listed == opened.local && !opened.source.is_memory();
                let metadata = opened.file.metadata().ok().filter(|_| is_sized);
                let identity = metadata.map(|found| FileIdentity::of(&found));
                let known =
                    identity.as_ref().and_then(|identity| cache.get(&opened.path, identity, now));
                Ok::<_, HostError>((opened.source, identity, known))
            })
            .await?
        };
        let (source, identity, known) = found;
        if let Some(known) = known {
            return Ok(known);
        }
        let sha1 = source.digest(0..source.len()).await?;
        if identity.is_none() {
            return Ok(sha1);
        }
        blocking::run(move || {
            // The file may have been changed without another size and time of modification.
            let after = self.reopen_now(&expected)?;
            let unchanged = after.file.metadata().ok().map(|found| FileIdentity::of(&found));
            if let Some(identity) = identity.filter(|identity| Some(identity) == unchanged.as_ref())
            {
                cache.put(&after.path, &identity, sha1, now);
            }
            Ok(sha1)
        })
        .await
    }
}

/// A file that is open, with a source for its bytes.
struct OpenedFile {
    source: NativeSource,
    /// The file as a scan reports it.
    listed: LocalFile,
    /// The file with its true size.
    local: LocalFile,
    path: PathBuf,
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "identifies the cached file"))]
    file: File,
}

impl LocalFolder<NativeHost> for NativeFolder {
    fn scan(&self, scan: LocalScan) -> ScanStream {
        self.follows_links.store(scan.symlinks == Symlinks::Follow, Ordering::Relaxed);
        let stop = Arc::new(AtomicBool::new(false));
        self.creates_root.store(scan.may_be_missing, Ordering::Relaxed);
        let root = self.root.clone();
        match scan.names.clone() {
            Some(names) => {
                let mut lookup = Lookup::<SystemFolder>::new(root, scan, names);
                Box::pin(ScanPages::new(stop, move || lookup.page()))
            }
            None => {
                let limit = self.sort_limit;
                let mut walk = Walk::<SystemFolder>::new(root, scan, limit, stop.clone());
                Box::pin(ScanPages::new(stop, move || walk.page()))
            }
        }
    }

    fn open(
        &self,
        name: String,
    ) -> BoxFuture<'static, Result<(NativeSource, LocalFile), HostError>> {
        let folder = self.clone();
        Box::pin(blocking::run(move || {
            folder.open_now(&name).map(|opened| (opened.source, opened.local))
        }))
    }

    fn digest(&self, file: LocalFile) -> BoxFuture<'static, Result<Sha1Digest, HostError>> {
        Box::pin(self.clone().digest_cached(file))
    }

    fn create(
        &self,
        name: String,
        len: u64,
    ) -> BoxFuture<'static, Result<Box<dyn NewLocalFile<NativeHost>>, HostError>> {
        Box::pin(new_file::create(self.clone(), name, len))
    }

    fn create_folder(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        let folder = self.clone();
        Box::pin(blocking::run(move || {
            folder.create_root()?;
            if name.is_empty() {
                return Ok(());
            }
            local_path(&name)
                .and_then(|_| make_folder_below(&folder.root, to_path(&name)))
                .map_err(sink_failed)
        }))
    }

    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        let root = self.root.clone();
        Box::pin(blocking::run(move || match remove_below(&root, &name) {
            Ok(()) => Ok(()),
            // Where a part of the path is a file, there is no file with this name.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(not_changed(&root.join(to_path(&name)), error)),
        }))
    }
}

/// Reads a file whose size is not known before.
fn read_unsized(file: &File) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    file.take(MAX_UNSIZED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_UNSIZED {
        return Err(io::Error::other(
            "is a file of the system of unknown size with more than 16 MiB; upload it as a stream",
        ));
    }
    Ok(bytes.into())
}

/// Returns the error for a file that is another one than when it was listed.
fn changed(path: &Path, how: &str) -> HostError {
    let text = format!("{} {how}", display(path));
    TransportError::new(TransportErrorKind::SourceChanged, text).into()
}

/// Returns the error for a folder that cannot be read.
fn failed(text: String, cause: io::Error) -> HostError {
    let failure = TransportError::new(TransportErrorKind::Source, text);
    HostError { failure, cause: Some(cause.into()) }
}

/// Returns the error for a file that cannot be created or removed.
fn not_changed(path: &Path, cause: io::Error) -> HostError {
    let text = format!("{}: {cause}", display(path));
    let failure = TransportError::new(TransportErrorKind::Sink, text);
    HostError { failure, cause: Some(cause.into()) }
}

#[cfg(test)]
mod tests;
