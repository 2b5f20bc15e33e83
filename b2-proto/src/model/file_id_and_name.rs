//! What is left to say about a deleted version.

use alloc::string::String;

use super::FileId;
use super::open::{exact, open_enum};
use crate::json::{AsJson, Json, object};

/// A version that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdAndName {
    /// The version.
    pub file_id: FileId,
    /// Its name.
    pub file_name: String,
}

object! { FileIdAndName {
    file_id: "fileId",
    file_name: "fileName",
} }

impl FileIdAndName {
    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let Json::Object(file) = self.as_json() else { return serde_json::Value::Null };
        Json::from(file.with("action", Json::text("delete"))).into()
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
