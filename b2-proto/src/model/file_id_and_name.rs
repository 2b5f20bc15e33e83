//! What is left to say about a deleted version.

use serde::{Deserialize, Serialize};

use super::FileId;
use super::open::{exact, open_enum};

/// A version that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileIdAndName {
    /// The version.
    pub file_id: FileId,
    /// Its name.
    pub file_name: String,
}

impl FileIdAndName {
    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "action": "delete", "fileId": self.file_id, "fileName": self.file_name })
    }
}

open_enum! {
    /// Where a copy has its content type and its file info from.
    MetadataDirective, exact {
        /// From the source.
        Copy = "COPY",
        /// From the request.
        Replace = "REPLACE",
    }
}
