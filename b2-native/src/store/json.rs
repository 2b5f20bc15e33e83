//! An account in a JSON file of our own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use b2_client::{AccountStore, BoxFuture, Error};
use b2_proto::account::{Credentials, Snapshot};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::private::{self, Successor};
use super::{corrupt, io_failed};
use crate::blocking;
use crate::paths::shown;

/// Keeps an account in a JSON file that only its owner may read.
///
/// The file is replaced in one step, so that several processes may use it at once: the last one to save wins,
/// and nobody reads half of it. What a later version wrote is read as far as it is understood.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Envelope<'a> {
    version: u32,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

impl FileStore {
    /// A store in the file at `path`, which need not exist; nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl AccountStore for FileStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        let path = self.path.clone();
        Box::pin(blocking::run(move || {
            private::tighten(&path);
            match envelope(&path)? {
                Some(fields) => snapshot(&path, fields).map(Some),
                None => Ok(None),
            }
        }))
    }

    fn save<'a>(&'a self, snapshot: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        let path = self.path.clone();
        let snapshot = snapshot.clone();
        Box::pin(blocking::run(move || {
            // A file of somebody else, or one that may yet be repaired, is not written over.
            envelope(&path)?;
            let text =
                serde_json::to_vec_pretty(&Envelope { version: VERSION, snapshot: &snapshot })
                    .map_err(|error| io_failed(&path, error.into()))?;
            let write = || {
                private::create_parents(&path)?;
                let successor = Successor::create(&path)?;
                successor.write(&text)?;
                successor.take_over()
            };
            write().map_err(|error| io_failed(&path, error))
        }))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        let path = self.path.clone();
        Box::pin(blocking::run(move || {
            if envelope(&path)?.is_some() {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(io_failed(&path, error));
                    }
                    _ => {}
                }
            }
            Ok(())
        }))
    }

    fn location(&self) -> String {
        shown(&self.path)
    }
}

/// The fields of the file; `None` if there is no file, or an empty one.
fn envelope(path: &Path) -> Result<Option<Map<String, Value>>, Error> {
    let text = match fs::read(path) {
        Ok(text) if text.is_empty() => return Ok(None),
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_failed(path, error)),
    };
    match serde_json::from_slice(&text) {
        Ok(Value::Object(fields)) if fields.contains_key("version") => Ok(Some(fields)),
        Ok(_) => Err(corrupt(path, "it is JSON of something else").into()),
        // Where in the text it fails says nothing about the key in it.
        Err(error) => {
            let why = format!("no JSON from line {}, column {} on", error.line(), error.column());
            Err(corrupt(path, &why).into())
        }
    }
}

fn snapshot(path: &Path, mut fields: Map<String, Value>) -> Result<Snapshot, Error> {
    let credentials: Option<Credentials> = take(&mut fields, "credentials");
    let credentials =
        credentials.ok_or_else(|| corrupt(path, "its credentials are not readable"))?;
    Ok(Snapshot {
        credentials,
        authorization: take(&mut fields, "authorization"),
        buckets: take(&mut fields, "buckets").unwrap_or_default(),
    })
}

/// A field, if it is there and readable. Without the authorization and the names an account still works.
fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    fields.remove(name).and_then(|value| serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests;
