//! New files of a local folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_client::{BoxFuture, Error, HostError, NewLocalFile};
use b2_proto::ErrorKind;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::time::Timestamp;

use super::NativeFolder;
use super::below::{local_path, other_spelling, to_path};
use super::collisions::{LocalFileSystem, NameComparison, folded};
use crate::blocking;
use crate::paths::display;
use crate::sink::TemporaryFile;
use crate::{MemorySink, NativeHost, NativeSink, SaveFile};

/// The names of the files that are being written, by their folded form.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<String, Vec<String>>>);

impl Claims {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a name until the claim is dropped. Fails with the name of another file that is being written and that is the
    /// same on the file system.
    pub(super) fn claim(
        self: &Arc<Self>,
        names: &impl NameComparison,
        root: &Path,
        name: &str,
    ) -> Result<Claim, String> {
        let key = folded(name);
        let mut claimed = self.lock();
        let others = claimed.entry(key.clone()).or_default();
        let is_same = |other: &&String| {
            let mut segments = name.split('/').zip(other.split('/'));
            segments.all(|(one, other)| one == other || names.is_same_name(root, one, other))
        };
        if let Some(other) = others.iter().find(is_same) {
            return Err(other.clone());
        }
        others.push(name.to_owned());
        Ok(Claim { claims: self.clone(), key, name: name.to_owned() })
    }
}

/// A name that is claimed.
#[derive(Debug)]
pub(super) struct Claim {
    claims: Arc<Claims>,
    key: String,
    name: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = self.claims.lock();
        if let Some(names) = claimed.get_mut(&self.key) {
            names.retain(|name| *name != self.name);
            if names.is_empty() {
                claimed.remove(&self.key);
            }
        }
    }
}

/// The size up to which a file is kept in memory until it is published, in bytes.
const MAX_IN_MEMORY: u64 = 64 * 1024;

/// Where a new file will be.
#[derive(Debug)]
struct Place {
    folder: NativeFolder,
    name: String,
    _claim: Claim,
}

impl Place {
    /// Claims a name of a folder. Looks at the file system only if another file is being written whose name differs in case or
    /// Unicode normalization.
    fn claim(folder: NativeFolder, name: String) -> Result<Self, HostError> {
        local_path(&name).map_err(sink_failed)?;
        let claim = folder.claims.claim(&LocalFileSystem, &folder.root, &name);
        match claim {
            Ok(claim) => Ok(Self { folder, name, _claim: claim }),
            Err(other) => Err(same_name(&folder.root, &name, &other)),
        }
    }

    /// Fails if the file system takes another file for the one with this name. May block.
    fn check_spelling(&self) -> Result<(), HostError> {
        let root = &self.folder.root;
        match other_spelling(root, &self.name) {
            Ok(None) => Ok(()),
            Ok(Some(other)) => Err(same_name(root, &self.name, &other)),
            Err(error) => {
                let text = format!("{}: {error}", display(&root.join(&self.name)));
                Err(TransportError::new(TransportErrorKind::Sink, text).into())
            }
        }
    }
}

/// Creates a file of `len` bytes in a folder.
///
/// A short file is kept in memory, and created when it is published: this takes one trip to another thread, not two. The
/// first file below each parent is created at once, so that a parent that cannot have files is noticed before bytes are
/// requested.
pub(super) async fn create(
    folder: NativeFolder,
    name: String,
    len: u64,
) -> Result<Box<dyn NewLocalFile<NativeHost>>, HostError> {
    let tried = folder.tried.clone();
    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
    match usize::try_from(len) {
        Ok(size) if len <= MAX_IN_MEMORY && tried.is(&parent) => {
            let place = Place::claim(folder, name)?;
            Ok(Box::new(ShortFile { place, content: MemorySink::new(size) }))
        }
        _ => {
            let file = blocking::run(move || LongFile::create(folder, name, len)).await?;
            tried.set(parent);
            Ok(Box::new(file))
        }
    }
}

/// The parent in which a file was created last.
#[derive(Debug, Default)]
pub(super) struct TriedParent(Mutex<Option<String>>);

impl TriedParent {
    fn is(&self, parent: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_deref() == Some(parent)
    }

    fn set(&self, parent: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(parent);
    }
}

/// A file in memory, until it is published.
#[derive(Debug)]
struct ShortFile {
    place: Place,
    content: MemorySink,
}

impl ShortFile {
    /// Creates and writes the file. May block.
    fn save(self, modified: Option<Timestamp>) -> Result<(), HostError> {
        let NativeFolder { root, options, .. } = &self.place.folder;
        self.place.folder.create_root()?;
        let file = TemporaryFile::below(root, &to_path(&self.place.name), *options);
        let file = file.map_err(sink_failed)?;
        self.place.check_spelling()?;
        file.write(&self.content.take()).map_err(sink_failed)?;
        file.commit(modified).map_err(sink_failed)
    }
}

impl NewLocalFile<NativeHost> for ShortFile {
    fn sink(&self) -> NativeSink {
        self.content.sink()
    }

    fn publish(
        self: Box<Self>,
        modified: Option<Timestamp>,
    ) -> BoxFuture<'static, Result<(), HostError>> {
        Box::pin(blocking::run(move || self.save(modified)))
    }
}

/// A file that has a temporary name until it is published.
#[derive(Debug)]
struct LongFile {
    file: SaveFile,
    _place: Place,
}

impl LongFile {
    /// Creates the file. May block.
    fn create(folder: NativeFolder, name: String, len: u64) -> Result<Self, HostError> {
        folder.create_root()?;
        let place = Place::claim(folder, name)?;
        let NativeFolder { root, options, .. } = &place.folder;
        let file = SaveFile::create_below_now(root, &to_path(&place.name), *options);
        let file = file.map_err(sink_failed)?;
        place.check_spelling()?;
        file.check_space(len).map_err(sink_failed)?;
        Ok(Self { file, _place: place })
    }
}

impl NewLocalFile<NativeHost> for LongFile {
    fn sink(&self) -> NativeSink {
        self.file.sink()
    }

    fn publish(
        self: Box<Self>,
        modified: Option<Timestamp>,
    ) -> BoxFuture<'static, Result<(), HostError>> {
        Box::pin(async move { self.file.commit(modified).await.map_err(sink_failed) })
    }
}

fn same_name(root: &Path, name: &str, other: &str) -> HostError {
    let text = format!(
        "{}: this file system does not distinguish this name from '{}'; rename one of them",
        display(&root.join(name)),
        other.escape_debug(),
    );
    TransportError::new(TransportErrorKind::Sink, text).into()
}

pub(super) fn sink_failed(error: Error) -> HostError {
    let kind = match error.kind() {
        ErrorKind::DestinationFull => TransportErrorKind::SinkFull,
        _ => TransportErrorKind::Sink,
    };
    let failure = TransportError::new(kind, error.message());
    HostError { failure, cause: Some(error.into()) }
}
