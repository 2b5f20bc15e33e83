//! Copies within B2, and files that are made of pieces.

use alloc::string::String;
use alloc::vec::Vec;

use b2_client::proto::ErrorKind;
use b2_client::proto::create::{Checkpoint, CopySource, MovedSource};
use b2_client::proto::model::FileInfo;
use b2_client::{CopyBuilder, Error, MoveBuilder, Piece};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::client::Bucket;
use super::error::report;
use super::options;
use super::properties::{Encryption, Hold, Retention};
use super::upload::{self, UploadJob, UploadListener};
use crate::host::{WebHost, WebSource};

/// The options of a copy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CopyOptions {
    content_type: Option<String>,
    info: Option<FileInfo>,
    encryption: Option<Encryption>,
    source_encryption: Option<Encryption>,
    file_retention: Option<Retention>,
    legal_hold: Option<Hold>,
    concurrency: Option<usize>,
    max_part_size: Option<u64>,
    resume: Option<bool>,
    checkpoint: Option<String>,
}

/// The options of a move.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MoveOptions {
    /// Whether the source is hidden, and not deleted.
    hide: Option<bool>,
    bypass_governance: Option<bool>,
    encryption: Option<Encryption>,
    source_encryption: Option<Encryption>,
    file_retention: Option<Retention>,
    legal_hold: Option<Hold>,
    concurrency: Option<usize>,
    max_part_size: Option<u64>,
    resume: Option<bool>,
    checkpoint: Option<String>,
}

/// A file in B2, or a range of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoteRange {
    file_id: String,
    #[serde(default)]
    offset: u64,
    length: Option<u64>,
    encryption: Option<Encryption>,
}

/// A piece of a new file. Without a file in B2 it is the next blob.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPiece {
    remote: Option<RemoteRange>,
    at: Option<u64>,
}

impl From<RemoteRange> for CopySource {
    fn from(range: RemoteRange) -> Self {
        let mut source = Self::new(range.file_id);
        source.offset = range.offset;
        source.length = range.length;
        source.encryption = range.encryption.map(|Encryption(encryption)| encryption);
        source
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Copies a file in B2, or a range of it. `source` and `options` are JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if the source or an option cannot be read.
    pub fn copy(
        &self,
        source: &str,
        name: String,
        options: &str,
        listener: UploadListener,
    ) -> Result<UploadJob, JsValue> {
        let source = options::parse::<RemoteRange>("the source of the copy", source);
        source
            .and_then(|source| start(self.inner.copy(source, name), options, listener))
            .map_err(|error| report(error.data()))
    }

    /// Moves a file version from any bucket of the account to this name. `options` is JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read or does not apply.
    #[wasm_bindgen(js_name = moveFile)]
    pub fn move_file(
        &self,
        file_id: &str,
        name: String,
        options: &str,
        listener: UploadListener,
    ) -> Result<UploadJob, JsValue> {
        start_move(self.inner.move_file(file_id, name), options, listener)
            .map_err(|error| report(error.data()))
    }

    /// Creates a file of pieces: of `blobs`, and of files in B2. `pieces` and `options` are JSON.
    ///
    /// # Errors
    ///
    /// The data of an error, if a piece or an option cannot be read.
    #[wasm_bindgen(js_name = createFile)]
    pub fn create_file(
        &self,
        pieces: &str,
        blobs: Vec<Blob>,
        name: String,
        options: &str,
        listener: UploadListener,
    ) -> Result<UploadJob, JsValue> {
        with_blobs(pieces, blobs)
            .and_then(|pieces| {
                upload::start(self.inner.create_file(pieces, name), options, listener)
            })
            .map_err(|error| report(error.data()))
    }
}

/// Reads the pieces, and gives each that is not in B2 its blob.
fn with_blobs(pieces: &str, blobs: Vec<Blob>) -> Result<Vec<Piece<WebHost>>, Error> {
    let mut blobs = blobs.into_iter().map(WebSource::of_blob);
    options::parse::<Vec<NewPiece>>("the pieces", pieces)?
        .into_iter()
        .map(|NewPiece { remote, at }| {
            let piece = match remote {
                Some(range) => Piece::remote(range),
                None => Piece::source(blobs.next().ok_or_else(missing_blob)?),
            };
            Ok(match at {
                Some(offset) => piece.at(offset),
                None => piece,
            })
        })
        .collect()
}

fn missing_blob() -> Error {
    let message = "a piece has neither a file in B2 nor bytes";
    b2_client::proto::Error::new(ErrorKind::InvalidInput, message).into()
}

fn start(
    mut copy: CopyBuilder<WebHost>,
    options: &str,
    listener: UploadListener,
) -> Result<UploadJob, Error> {
    let options: CopyOptions = options::parse("the options of the copy", options)?;
    if let Some(content_type) = options.content_type {
        copy = copy.content_type(content_type);
    }
    if let Some(info) = options.info {
        copy = copy.info(info);
    }
    if let Some(Encryption(encryption)) = options.encryption {
        copy = copy.encryption(encryption);
    }
    if let Some(Encryption(encryption)) = options.source_encryption {
        copy = copy.source_encryption(encryption);
    }
    if let Some(Retention(retention)) = options.file_retention {
        copy = copy.file_retention(retention);
    }
    if let Some(hold) = options.legal_hold {
        copy = copy.legal_hold(hold.into());
    }
    if let Some(parallel) = options.concurrency {
        copy = copy.parallel(parallel);
    }
    if let Some(bytes) = options.max_part_size {
        copy = copy.max_part_size(bytes);
    }
    if let Some(resume) = options.resume {
        copy = copy.resume(resume);
    }
    if let Some(checkpoint) = options.checkpoint {
        copy = copy.resume_from(Checkpoint::from_json(&checkpoint)?);
    }
    let copy = copy.on_event(move |event| upload::notify(&listener, event));
    Ok(UploadJob::of(copy.start()))
}

fn start_move(
    mut moved: MoveBuilder<WebHost>,
    options: &str,
    listener: UploadListener,
) -> Result<UploadJob, Error> {
    let options: MoveOptions = options::parse("the options of the move", options)?;
    let bypass_governance = options.bypass_governance.unwrap_or(false);
    moved = moved.moved_source(match options.hide {
        Some(true) if bypass_governance => {
            let message = "a file that is hidden needs no bypassGovernance; leave it out";
            return Err(b2_client::proto::Error::new(ErrorKind::InvalidInput, message).into());
        }
        Some(true) => MovedSource::Hide,
        Some(false) | None => MovedSource::Delete { bypass_governance },
    });
    if let Some(Encryption(encryption)) = options.encryption {
        moved = moved.encryption(encryption);
    }
    if let Some(Encryption(encryption)) = options.source_encryption {
        moved = moved.source_encryption(encryption);
    }
    if let Some(Retention(retention)) = options.file_retention {
        moved = moved.file_retention(retention);
    }
    if let Some(hold) = options.legal_hold {
        moved = moved.legal_hold(hold.into());
    }
    if let Some(parallel) = options.concurrency {
        moved = moved.parallel(parallel);
    }
    if let Some(bytes) = options.max_part_size {
        moved = moved.max_part_size(bytes);
    }
    if let Some(resume) = options.resume {
        moved = moved.resume(resume);
    }
    if let Some(checkpoint) = options.checkpoint {
        moved = moved.resume_from(Checkpoint::from_json(&checkpoint)?);
    }
    Ok(UploadJob::of(moved.on_event(move |event| upload::notify(&listener, event)).start()))
}
