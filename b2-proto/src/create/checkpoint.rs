//! What an upload needs to go on in another process, or after a reload.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::json::{self, object};
use crate::model::{BucketId, FileId};

const VERSION: u32 = 1;

/// How far the upload of a large file has come: about 60 bytes for each part, no URL, no token, no content.
///
/// It is told after each part ([`UploadEvent::Checkpoint`](super::UploadEvent::Checkpoint)); give the last
/// one to [`Upload::resume_from`](super::Upload::resume_from). What it claims is believed only where B2 lists
/// the same part and the local bytes have the same SHA-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    version: u32,
    /// The bucket.
    pub bucket_id: BucketId,
    /// The unfinished large file.
    pub file_id: FileId,
    /// Its name.
    pub file_name: String,
    /// How many bytes the whole file has.
    pub len: u64,
    /// How many bytes each part has, but the last.
    pub part_size: u64,
    /// The parts that B2 has, with their SHA-1, by part number.
    pub parts: Vec<(u32, Sha1Digest)>,
    /// The SHA-1 of the whole file that the unfinished file carries, if it carries one.
    pub sha1: Option<Sha1Digest>,
}

object! { Checkpoint {
    version: "version",
    bucket_id: "bucketId",
    file_id: "fileId",
    file_name: "fileName",
    len: "len",
    part_size: "partSize",
    parts: "parts",
    sha1: "sha1" if some,
} }

impl Checkpoint {
    pub(crate) fn new(
        bucket_id: BucketId,
        file_id: FileId,
        file_name: String,
        len: u64,
        part_size: u64,
    ) -> Self {
        Self {
            version: VERSION,
            bucket_id,
            file_id,
            file_name,
            len,
            part_size,
            parts: Vec::new(),
            sha1: None,
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(self).unwrap_or_default()
    }

    /// Reads what [`to_json`](Checkpoint::to_json) wrote.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is no checkpoint, or one of a later version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let invalid = |reason: String| {
            let message = format!(
                "this is no checkpoint that can be resumed ({reason}); start the upload again"
            );
            Error::new(ErrorKind::InvalidInput, message)
        };
        let checkpoint: Self =
            json::read(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        if checkpoint.version != VERSION {
            return Err(invalid(format!("version {}", checkpoint.version)));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_anything_else() {
        let mut checkpoint = Checkpoint::new("b".into(), "f".into(), "n".to_owned(), 10, 5);
        checkpoint.parts.push((1, Sha1Digest::of(b"hello")));
        assert_eq!(Checkpoint::from_json(&checkpoint.to_json()), Ok(checkpoint.clone()));
        let later = checkpoint.to_json().replace("\"version\":1", "\"version\":2");
        for text in ["", "{}", "[]", later.as_str()] {
            assert_eq!(Checkpoint::from_json(text).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
