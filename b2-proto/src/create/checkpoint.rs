//! What an upload needs to go on in another process, or after a reload.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::encoding::from_json;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::model::{BucketId, FileId};

const VERSION: u32 = 1;

/// How far the upload of a large file has come: about 60 bytes for each part, no URL, no token, no content.
///
/// It is told after each part ([`UploadEvent::Checkpoint`](super::UploadEvent::Checkpoint)); give the last
/// one to [`Upload::resume_from`](super::Upload::resume_from). What it claims is believed only where B2 lists
/// the same part and the local bytes have the same SHA-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<Sha1Digest>,
}

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
        serde_json::to_string(self).unwrap_or_default()
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
            from_json(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        if checkpoint.version != VERSION {
            return Err(invalid(format!("version {}", checkpoint.version)));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 0.1 wrote, which every later version reads.
    #[test]
    fn stored_checkpoints_are_read_and_written_again() {
        let mut checkpoint = Checkpoint::new("b".into(), "f".into(), "n".to_owned(), 10, 5);
        checkpoint.parts.push((1, Sha1Digest::of(b"hello")));
        let text = r#"{"version":1,"bucketId":"b","fileId":"f","fileName":"n","len":10,"partSize":5,"parts":[[1,"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"]]}"#;
        assert_eq!(checkpoint.to_json(), text);
        assert_eq!(Checkpoint::from_json(text), Ok(checkpoint.clone()));
        checkpoint.sha1 = Some(Sha1Digest::of(b"hello world"));
        let text = r#"{"version":1,"bucketId":"b","fileId":"f","fileName":"n","len":10,"partSize":5,"parts":[[1,"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"]],"sha1":"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"}"#;
        assert_eq!(checkpoint.to_json(), text);
        assert_eq!(Checkpoint::from_json(text), Ok(checkpoint));
    }

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
