//! The data to resume an upload in another process, or after a page was reloaded.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::encoding::from_json;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::model::{BucketId, FileId};

const VERSION: u32 = 1;

/// The state of an upload of a large file: the unfinished file and its stored parts. It has about 60 bytes for each
/// part, and no URL, token or content.
///
/// An upload emits one after each part ([`UploadEvent::Checkpoint`](super::UploadEvent::Checkpoint)), or after several
/// if there are many parts. [`Upload::resume_from`](super::Upload::resume_from) takes the last one. A part counts as
/// uploaded only if B2 lists it and the local bytes have its SHA-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    version: u32,
    /// The bucket.
    pub bucket_id: BucketId,
    /// The unfinished large file.
    pub file_id: FileId,
    /// The name of the file.
    pub file_name: String,
    /// The size of the whole file, in bytes.
    pub len: u64,
    /// The size of each part but the last, in bytes.
    pub part_size: u64,
    /// The stored parts: the number and the SHA-1 of each, in the order of the numbers.
    pub parts: Vec<(u32, Sha1Digest)>,
    /// The id of the plan, if the file has ranges of files in B2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// The SHA-1 of the whole file, if it is in the file info of the unfinished file.
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
            plan_id: None,
            sha1: None,
        }
    }

    /// Returns the checkpoint as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Parses the JSON of [`to_json`](Checkpoint::to_json), also of earlier versions of this crate.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is not a checkpoint, or has an unknown version.
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
