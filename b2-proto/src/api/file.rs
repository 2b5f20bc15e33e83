//! Calls about single file versions.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Not;

use serde::{Deserialize, Serialize};

use super::{Idempotency, JsonEndpoint, same};
use crate::account::Allowed;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::model::{BucketId, Capability, FileAction, FileId, FileIdAndName, FileVersion};

/// `b2_get_file_info`: returns the properties of a file version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetFileInfo {
    /// The file version.
    pub file_id: FileId,
}

impl JsonEndpoint for GetFileInfo {
    type Response = FileVersion;
    const NAME: &'static str = "b2_get_file_info";
    const CAPABILITY: Capability = Capability::READ_FILES;
    /// A gateway returns the visitor's own files even without the capability.
    const ASK_ANYWAY: bool = true;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())
    }
}

/// `b2_hide_file`: hides all versions of a name from downloads by name and listings of names.
///
/// A repeated call fails with [`ErrorKind::FileAlreadyHidden`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HideFile {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The name. Existing names can be hidden even if B2 would refuse them for new files.
    pub file_name: String,
}

impl JsonEndpoint for HideFile {
    type Response = FileVersion;
    const NAME: &'static str = "b2_hide_file";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;

    fn subject(&self) -> Option<String> {
        Some(self.file_name.clone())
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same("name", &self.file_name, &answer.file_name)
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name).map(|()| None)
    }
}

/// `b2_delete_file_version`: permanently deletes a version, a hide marker or an unfinished large file.
///
/// A repeated call fails with [`ErrorKind::FileNotPresent`], which then means that the first succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeleteFileVersion {
    /// The file version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// Deletes the version even if it is under governance retention.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub bypass_governance: bool,
}

impl DeleteFileVersion {
    /// Creates the call, which fails if the version is locked.
    #[must_use]
    pub fn new(file_id: FileId, file_name: impl Into<String>) -> Self {
        Self { file_id, file_name: file_name.into(), bypass_governance: false }
    }

    /// Creates the call that unhides a file: it deletes the hide marker that is the newest version of the name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FileNotPresent`] if there is no version, [`ErrorKind::FileNotHidden`],
    /// [`ErrorKind::FileDeleted`], or [`ErrorKind::UnexpectedFileVersionAction`] for any other action.
    pub fn unhide(
        file_name: impl Into<String>,
        newest: Option<&FileVersion>,
    ) -> Result<Self, Error> {
        let file_name = file_name.into();
        let Some(newest) = newest else {
            let message = "no file has this name";
            return Err(Error::new(ErrorKind::FileNotPresent, message).with_subject(file_name));
        };
        let (kind, message) = match &newest.action {
            FileAction::Hide => return Ok(Self::new(newest.file_id.clone(), file_name)),
            FileAction::Upload | FileAction::Copy => {
                (ErrorKind::FileNotHidden, "the file is not hidden".to_owned())
            }
            FileAction::Delete => (ErrorKind::FileDeleted, "the file is deleted".to_owned()),
            action => (
                ErrorKind::UnexpectedFileVersionAction,
                format!("the newest version has the action '{}'", shown(&action.to_string())),
            ),
        };
        Err(Error::new(kind, message).with_subject(file_name))
    }
}

impl JsonEndpoint for DeleteFileVersion {
    type Response = FileIdAndName;
    const NAME: &'static str = "b2_delete_file_version";
    const CAPABILITY: Capability = Capability::DELETE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn also_needs(&self) -> Vec<Capability> {
        bypass(self.bypass_governance)
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_name.clone())
    }

    fn already_done(&self, error: &Error) -> Option<FileIdAndName> {
        (error.kind() == ErrorKind::FileNotPresent).then(|| FileIdAndName {
            file_id: self.file_id.clone(),
            file_name: self.file_name.clone(),
        })
    }

    fn check(&self, answer: &FileIdAndName) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())?;
        same("name", &self.file_name, &answer.file_name)
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name).map(|()| None)
    }
}

/// Returns the capability that bypassing governance needs.
pub(super) fn bypass(bypass_governance: bool) -> Vec<Capability> {
    bypass_governance.then_some(Capability::BYPASS_GOVERNANCE).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::test::{refused, sent};

    #[test]
    fn an_odd_name_can_be_hidden_and_deleted() {
        let hide = HideFile { bucket_id: "b".into(), file_name: "/a//b\\".to_owned() };
        assert_eq!(sent(&hide).unwrap(), json!({"bucketId": "b", "fileName": "/a//b\\"}));
        assert_eq!(refused(&hide, 400, "already_hidden", "").kind(), ErrorKind::FileAlreadyHidden);
        let mut delete = DeleteFileVersion::new("f".into(), "/a//b\\");
        assert_eq!(sent(&delete).unwrap(), json!({"fileId": "f", "fileName": "/a//b\\"}));
        delete.bypass_governance = true;
        assert_eq!(sent(&delete).unwrap()["bypassGovernance"], true);
        assert_eq!(delete.also_needs(), [Capability::BYPASS_GOVERNANCE]);
    }

    /// b2sdk tells the same four cases apart.
    #[test]
    fn only_a_hide_marker_is_unhidden() {
        let unhide = |action: &str| {
            let version =
                json!({"fileId": "f", "fileName": "a", "action": action, "contentLength": 1});
            let newest: FileVersion = serde_json::from_value(version).unwrap();
            DeleteFileVersion::unhide("a", Some(&newest)).map_err(|error| error.kind())
        };
        assert_eq!(unhide("hide"), Ok(DeleteFileVersion::new("f".into(), "a")));
        for (action, kind) in [
            ("upload", ErrorKind::FileNotHidden),
            ("copy", ErrorKind::FileNotHidden),
            ("delete", ErrorKind::FileDeleted),
            ("start", ErrorKind::UnexpectedFileVersionAction),
            ("teleport", ErrorKind::UnexpectedFileVersionAction),
        ] {
            assert_eq!(unhide(action), Err(kind), "{action}");
        }
        let error = DeleteFileVersion::unhide("a", None).unwrap_err();
        assert_eq!((error.kind(), error.subject()), (ErrorKind::FileNotPresent, Some("a")));
    }

    #[test]
    fn a_version_that_is_gone_was_deleted_by_the_earlier_attempt() {
        let delete = DeleteFileVersion::new("f".into(), "a");
        let gone = delete.already_done(&refused(&delete, 400, "file_not_present", "")).unwrap();
        assert_eq!(serde_json::to_value(&gone).unwrap(), json!({"fileId": "f", "fileName": "a"}));
        assert_eq!(delete.already_done(&refused(&delete, 401, "access_denied", "")), None);
    }
}
