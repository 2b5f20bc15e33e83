//! Stores an account in a JSON file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use b2_client::{AccountStore, BoxFuture, Error};
use b2_proto::account::{Credentials, Snapshot};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::private::{self, Replacement};
use super::{corrupt, io_failed};
use crate::blocking;
use crate::paths::display;

/// Stores an account in a JSON file that only its owner may read.
///
/// The file is replaced in one step, so that several processes may use it at once: the last one to save wins, and a
/// reader sees the old content or the new one. Unknown fields of later versions are ignored.
#[derive(Clone, Debug)]
pub struct FileStore(JsonFile);

impl FileStore {
    /// Returns a store in the file at `path`, which need not exist. Nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(JsonFile::new(path))
    }
}

impl AccountStore for FileStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        let file = self.0.clone();
        Box::pin(blocking::run(move || {
            private::tighten(file.path());
            match file.read()? {
                Some(fields) => snapshot(file.path(), fields).map(Some),
                None => Ok(None),
            }
        }))
    }

    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        let file = self.0.clone();
        let account = account.clone();
        Box::pin(blocking::run(move || {
            // Fails for a file of another program or a corrupt one, which is not overwritten.
            file.read()?;
            match serde_json::to_value(&account) {
                Ok(Value::Object(fields)) => file.write(fields),
                Ok(_) => Err(corrupt(file.path(), "the account is not a JSON object").into()),
                Err(error) => Err(io_failed(file.path(), error.into())),
            }
        }))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        let file = self.0.clone();
        Box::pin(blocking::run(move || file.remove()))
    }

    fn location(&self) -> String {
        display(self.0.path())
    }
}

/// A file with one JSON object that has a version.
#[derive(Clone, Debug)]
pub(super) struct JsonFile {
    path: PathBuf,
}

const VERSION: u32 = 1;
const VERSION_FIELD: &str = "version";

impl JsonFile {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the fields, or `None` if there is no file, or an empty one.
    pub(super) fn read(&self) -> Result<Option<Map<String, Value>>, Error> {
        let path = &*self.path;
        let text = match fs::read(path) {
            Ok(text) if text.is_empty() => return Ok(None),
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_failed(path, error)),
        };
        match serde_json::from_slice(&text) {
            Ok(Value::Object(fields)) if fields.contains_key(VERSION_FIELD) => Ok(Some(fields)),
            Ok(_) => Err(corrupt(path, "it is not the JSON of an account").into()),
            // Only the position of the error, since the text contains the key.
            Err(error) => {
                let why =
                    format!("invalid JSON at line {}, column {}", error.line(), error.column());
                Err(corrupt(path, &why).into())
            }
        }
    }

    /// Replaces the file in one step.
    pub(super) fn write(&self, mut fields: Map<String, Value>) -> Result<(), Error> {
        fields.entry(VERSION_FIELD).or_insert(VERSION.into());
        let text = serde_json::to_vec_pretty(&fields)
            .map_err(|error| io_failed(&self.path, error.into()))?;
        let write = || {
            private::create_parents(&self.path)?;
            let replacement = Replacement::create(&self.path)?;
            replacement.write(&text)?;
            replacement.commit()
        };
        write().map_err(|error| io_failed(&self.path, error))
    }

    fn remove(&self) -> Result<(), Error> {
        if self.read()?.is_some() {
            match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io_failed(&self.path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn snapshot(path: &Path, mut fields: Map<String, Value>) -> Result<Snapshot, Error> {
    let credentials: Option<Credentials> = take(&mut fields, "credentials");
    let credentials = credentials.ok_or_else(|| corrupt(path, "its credentials cannot be read"))?;
    Ok(Snapshot {
        credentials,
        authorization: take(&mut fields, "authorization"),
        buckets: take(&mut fields, "buckets").unwrap_or_default(),
    })
}

/// Removes a field and returns its value, or `None` if it is missing or invalid.
fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    fields.remove(name).and_then(|value| serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests;
