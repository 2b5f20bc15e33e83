//! Single file versions.

use serde::Serialize;

use super::{Endpoint, Repeat};
use crate::model::{Capability, FileId, FileVersion};

/// `b2_get_file_info`: what is known about a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetFileInfo {
    /// The version.
    pub file_id: FileId,
}

impl Endpoint for GetFileInfo {
    type Response = FileVersion;
    const NAME: &'static str = "b2_get_file_info";
    const CAPABILITY: Capability = Capability::READ_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }
}
