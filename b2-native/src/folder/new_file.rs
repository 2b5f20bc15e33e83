//! New files of a local folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_client::{BoxFuture, Error, HostError, NewLocalFile};
use b2_proto::ErrorKind;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::time::Timestamp;

use super::below::{local_path, other_spelling, to_path};
use super::collisions::{LocalFileSystem, NameComparison, folded};
use crate::paths::display;
use crate::{NativeHost, NativeSink, SaveFile, SaveOptions};

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

/// A file that is being written. It has a temporary name until it is published.
#[derive(Debug)]
pub(super) struct NewFile {
    file: SaveFile,
    _claim: Claim,
}

impl NewFile {
    /// Creates the file. May block.
    pub(super) fn create(
        root: &Path,
        name: &str,
        len: u64,
        claims: &Arc<Claims>,
        options: SaveOptions,
    ) -> Result<Self, HostError> {
        local_path(name).map_err(sink_failed)?;
        let claim = claims.claim(&LocalFileSystem, root, name);
        let claim = claim.map_err(|other| same_name(root, name, &other))?;
        let file = SaveFile::create_below_now(root, &to_path(name), options);
        let file = file.map_err(sink_failed)?;
        match other_spelling(root, name) {
            Ok(None) => {}
            Ok(Some(other)) => return Err(same_name(root, name, &other)),
            Err(error) => {
                return Err(TransportError::new(
                    TransportErrorKind::Sink,
                    format!("{}: {error}", display(&root.join(name))),
                )
                .into());
            }
        }
        file.check_space(len).map_err(sink_failed)?;
        Ok(Self { file, _claim: claim })
    }
}

impl NewLocalFile<NativeHost> for NewFile {
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
