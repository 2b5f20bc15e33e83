//! Signed file ids, which are valid for one owner.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::session::GatewaySession;
use super::signer::Purpose;
use crate::model::FileId;
use crate::time::Timestamp;

const DAY: u64 = 86_400_000;

/// The content of a signed file id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SealedId {
    /// The file id at B2.
    #[serde(rename = "i")]
    pub(super) id: FileId,
    /// The file name, or the prefix of a cursor.
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "o")]
    pub(super) owner: String,
    #[serde(rename = "x")]
    pub(super) expires: Timestamp,
    /// The largest size of an unfinished file, in bytes.
    #[serde(rename = "m", default)]
    pub(super) max_bytes: u64,
    /// The declared size of an unfinished file, in bytes.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) declared: Option<u64>,
}

impl GatewaySession {
    /// Signs the id of an unfinished file of the owner.
    pub(super) fn seal_unfinished(
        &self,
        id: &FileId,
        name: &str,
        max_bytes: u64,
        declared: Option<u64>,
    ) -> String {
        let sealed = SealedId { max_bytes, declared, ..self.sealed(id, name) };
        self.config.signer.sign(Purpose::Unfinished, &sealed)
    }

    /// Signs the id of a stored file, which is valid for `b2_get_file_info`, as the source of a copy, and to delete it.
    pub(super) fn seal_stored(&self, id: &FileId, name: &str) -> String {
        self.config.signer.sign(Purpose::Stored, &self.sealed(id, name))
    }

    /// Signs the position where a listing of unfinished files continues, which may be a file of another owner.
    pub(super) fn seal_cursor(&self, id: &FileId) -> String {
        self.config.signer.sign(Purpose::Cursor, &self.sealed(id, &self.claims.grant.prefix))
    }

    /// Creates the content of an id. The expiration is rounded up to a whole day, so that the same file gets the same id
    /// for a while.
    fn sealed(&self, id: &FileId, name: &str) -> SealedId {
        let lifetime = self.config.file_id_lifetime.as_millis();
        let lifetime = u64::try_from(lifetime).unwrap_or(u64::MAX);
        let expires = self.now.as_millis().saturating_add(lifetime);
        let expires = (expires / DAY).saturating_add(1).saturating_mul(DAY);
        SealedId {
            id: id.clone(),
            name: name.to_owned(),
            owner: self.claims.grant.owner.clone(),
            expires: Timestamp::from_millis(expires),
            max_bytes: 0,
            declared: None,
        }
    }

    /// Verifies the id of an unfinished file of the owner.
    pub(super) fn open_unfinished(&self, text: &FileId) -> Result<SealedId, Refusal> {
        self.open(&[Purpose::Unfinished], text)
    }

    /// Verifies the start of a listing of unfinished files: a cursor, or the id of an unfinished file.
    pub(super) fn open_cursor(&self, text: &FileId) -> Result<SealedId, Refusal> {
        self.open(&[Purpose::Cursor, Purpose::Unfinished], text)
    }

    /// Verifies the id of the source of a copy, or of a file to delete: of a stored file, or of a large file of the owner, which
    /// keeps its id when it is finished.
    pub(super) fn open_source(&self, text: &FileId) -> Result<SealedId, Refusal> {
        self.open(&[Purpose::Stored, Purpose::Unfinished], text)
    }

    /// Verifies an id that was signed for one of these purposes.
    ///
    /// # Errors
    ///
    /// A 400 for an id that is invalid or has expired, as B2 responds to an unknown id, so that a client starts the file
    /// again; a 401 for an id of another owner or outside the prefix.
    pub(super) fn open(&self, purposes: &[Purpose], text: &FileId) -> Result<SealedId, Refusal> {
        let signer = &self.config.signer;
        let sealed = purposes
            .iter()
            .find_map(|purpose| signer.open::<SealedId>(*purpose, text.as_str()))
            .filter(|sealed| sealed.expires > self.now)
            .ok_or_else(|| Refusal::bad_request("Invalid fileId"))?;
        if sealed.owner != self.claims.grant.owner {
            return Err(Refusal::unauthorized("the file belongs to another owner"));
        }
        self.claims.grant.check_prefix(&sealed.name)?;
        Ok(sealed)
    }
}
