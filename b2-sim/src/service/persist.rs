//! Saving and restoring a service.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Service;
use crate::config::Config;
use crate::content::{Blob, Content};
use crate::state::{Change, Key, State};

/// The error of saving or restoring a service.
#[derive(Debug)]
pub struct RestoreError(String);

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the saved state of a B2 service: {}", self.0)
    }
}

impl std::error::Error for RestoreError {}

/// What has changed in a service.
#[derive(Clone)]
pub struct Changes {
    /// A line of JSON, with its end.
    pub line: Vec<u8>,
    /// Whether versions were deleted, so that contents may have become unused.
    pub removes: bool,
}

/// Omits the line, which contains secrets.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("removes", &self.removes).finish_non_exhaustive()
    }
}

const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Saving<'a> {
    format: u32,
    account_id: &'a str,
    state: &'a State,
}

#[derive(Deserialize)]
struct Saved {
    format: u32,
    account_id: String,
    state: State,
}

impl Service {
    /// Serializes everything except tokens as JSON. It contains application keys, so it must be kept private.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if the content of a file is in memory, which cannot be saved.
    pub fn save(&self) -> Result<Vec<u8>, RestoreError> {
        let saving = Saving { format: FORMAT, account_id: self.account_id(), state: &self.state };
        serde_json::to_vec(&saving).map_err(|error| RestoreError(error.to_string()))
    }

    /// Restores a saved service, with the master key and the settings of `config`.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if the bytes are not a saved service of this account.
    pub fn restore(config: Config, saved: &[u8]) -> Result<Self, RestoreError> {
        let saved: Saved =
            serde_json::from_slice(saved).map_err(|error| RestoreError(error.to_string()))?;
        if saved.format != FORMAT {
            return Err(RestoreError(format!("format {}", saved.format)));
        }
        if saved.account_id != config.credentials.key_id {
            let message = format!("it belongs to the account {}", saved.account_id);
            return Err(RestoreError(message));
        }
        let mut state = saved.state;
        state.complete_accounts(&saved.account_id);
        let master = Key::master(&config.credentials);
        state.keys.insert(master.id.clone(), master);
        Ok(Self::with_state(config, state))
    }

    /// Records what changes from now on, for [`take_changes`](Self::take_changes).
    pub fn record_changes(&mut self) {
        self.state.record_changes();
    }

    /// Returns what has changed since the last time, except tokens; `None` if nothing has. Contains application keys, so
    /// it must be kept private.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if the content of a file is in memory, which cannot be saved.
    pub fn take_changes(&mut self) -> Result<Option<Changes>, RestoreError> {
        let changes = self.state.take_changes();
        if changes.is_empty() {
            return Ok(None);
        }
        let removes = changes.iter().any(Change::removes);
        let mut line =
            serde_json::to_vec(&changes).map_err(|error| RestoreError(error.to_string()))?;
        line.push(b'\n');
        Ok(Some(Changes { line, removes }))
    }

    /// Applies changes to a restored service, in the order in which they were taken.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if the bytes are not a line of changes.
    pub fn apply_changes(&mut self, line: &[u8]) -> Result<(), RestoreError> {
        let changes: Vec<Change<'_>> =
            serde_json::from_slice(line).map_err(|error| RestoreError(error.to_string()))?;
        changes.into_iter().for_each(|change| self.state.apply(change));
        Ok(())
    }

    /// Returns the numbers of all stored blobs that files and parts use.
    #[must_use]
    pub fn stored_blobs(&self) -> BTreeSet<u64> {
        let versions = self.state.buckets.values().flat_map(|bucket| bucket.files.iter());
        let contents = versions.flat_map(|version| {
            let parts = version.parts.values().map(|part| &part.content);
            std::iter::once(&version.content).chain(parts)
        });
        let pieces = contents.flat_map(Content::pieces);
        pieces
            .filter_map(|piece| match piece.blob {
                Blob::Stored(number) => Some(number),
                Blob::Bytes(_) | Blob::Discarded => None,
            })
            .collect()
    }
}
