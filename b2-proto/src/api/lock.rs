//! Calls that change the retention and the legal hold of a file version.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Not;

use serde::{Deserialize, Serialize};

use super::file::bypass;
use super::{Idempotency, JsonEndpoint, same};
use crate::account::Allowed;
use crate::error::{Error, ErrorKind};
use crate::model::{Capability, FileId, FileRetention, LegalHold};

/// `b2_update_file_retention`: sets the retention of a file version.
///
/// It can always be extended. It can be shortened in governance mode only, with
/// [`bypass_governance`](Self::bypass_governance).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateFileRetention {
    /// The file version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The retention; [`FileRetention::None`] ends it.
    pub file_retention: FileRetention,
    /// Allows to shorten a retention in governance mode.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub bypass_governance: bool,
}

/// The response to [`UpdateFileRetention`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdatedFileRetention {
    /// The file version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The new retention.
    pub file_retention: FileRetention,
}

impl UpdateFileRetention {
    /// Creates the call, which fails if it would shorten the retention.
    #[must_use]
    pub fn new(
        file_id: FileId,
        file_name: impl Into<String>,
        file_retention: FileRetention,
    ) -> Self {
        Self { file_id, file_name: file_name.into(), file_retention, bypass_governance: false }
    }
}

impl JsonEndpoint for UpdateFileRetention {
    type Response = UpdatedFileRetention;
    const NAME: &'static str = "b2_update_file_retention";
    const CAPABILITY: Capability = Capability::WRITE_FILE_RETENTIONS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        self.file_retention.check()
    }

    fn also_needs(&self) -> Vec<Capability> {
        bypass(self.bypass_governance)
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_name.clone())
    }

    fn refine(&self, error: Error) -> Error {
        refine(error)
    }

    fn check(&self, answer: &UpdatedFileRetention) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name).map(|()| None)
    }
}

/// `b2_update_file_legal_hold`: sets or ends the legal hold of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateFileLegalHold {
    /// The file version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The legal hold.
    pub legal_hold: LegalHold,
}

/// The response to [`UpdateFileLegalHold`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdatedFileLegalHold {
    /// The file version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The new legal hold.
    pub legal_hold: LegalHold,
}

impl JsonEndpoint for UpdateFileLegalHold {
    type Response = UpdatedFileLegalHold;
    const NAME: &'static str = "b2_update_file_legal_hold";
    const CAPABILITY: Capability = Capability::WRITE_FILE_LEGAL_HOLDS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        self.legal_hold.to_request().map(|_| ())
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_name.clone())
    }

    fn refine(&self, error: Error) -> Error {
        refine(error)
    }

    fn check(&self, answer: &UpdatedFileLegalHold) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name).map(|()| None)
    }
}

/// Access is denied where the retention in force, or the lack of a file lock, forbids the change.
fn refine(error: Error) -> Error {
    if error.kind() == ErrorKind::AccessDenied {
        return error.with_kind(ErrorKind::RetentionWrite).with_message(
            "the lock of the file cannot be changed so: the retention in force forbids it, or the bucket has no file lock",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::Endpoint;
    use crate::api::test::{refused, reply, sent};

    #[test]
    fn clearing_sends_nulls() {
        let update = UpdateFileRetention::new("f".into(), "a", FileRetention::None);
        let none = json!({"mode": null, "retainUntilTimestamp": null});
        assert_eq!(
            sent(&update).unwrap(),
            json!({"fileId": "f", "fileName": "a", "fileRetention": none})
        );
        let answer = json!({"fileId": "f", "fileName": "a", "fileRetention": none});
        assert_eq!(
            update.response(&reply(200, &answer)).unwrap().file_retention,
            FileRetention::None
        );
        let unknown = UpdateFileRetention::new("f".into(), "a", FileRetention::Unknown);
        assert_eq!(sent(&unknown).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_lock_refuses() {
        let hold = |legal_hold| UpdateFileLegalHold {
            file_id: "f".into(),
            file_name: "a".to_owned(),
            legal_hold,
        };
        assert_eq!(sent(&hold(LegalHold::Unset)).unwrap()["legalHold"], "off");
        assert_eq!(sent(&hold(LegalHold::Unknown)).unwrap_err().kind(), ErrorKind::InvalidInput);
        for status in [401, 403] {
            let error = refused(&hold(LegalHold::On), status, "access_denied", "");
            assert_eq!((error.kind(), error.subject()), (ErrorKind::RetentionWrite, Some("a")));
        }
        let answer = json!({"fileId": "f", "fileName": "a", "legalHold": "on"});
        assert!(hold(LegalHold::On).response(&reply(200, &answer)).unwrap().legal_hold.is_on());
    }
}
