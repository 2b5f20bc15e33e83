//! File ids that are good for one visitor only.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::session::GatewaySession;
use super::signer::Purpose;
use crate::model::FileId;
use crate::time::Timestamp;

const DAY: u64 = 86_400_000;

/// What a file id of the gateway says: the file's id at B2, its name, whose it is and until when it counts;
/// for an unfinished file also how large it may become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SealedId {
    #[serde(rename = "i")]
    pub(super) id: FileId,
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "o")]
    pub(super) owner: String,
    #[serde(rename = "x")]
    pub(super) expires: Timestamp,
    #[serde(rename = "m", default)]
    pub(super) max_bytes: u64,
    /// Exactly so large.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) declared: Option<u64>,
}

impl GatewaySession {
    /// The id of an unfinished file of this visitor's.
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

    /// The id of a stored file, or of any version that can only be asked about.
    pub(super) fn seal_stored(&self, id: &FileId, name: &str) -> String {
        self.config.signer.sign(Purpose::Stored, &self.sealed(id, name))
    }

    /// Where a listing of unfinished files goes on: at a file that may be somebody else's.
    pub(super) fn seal_cursor(&self, id: &FileId) -> String {
        self.config.signer.sign(Purpose::Cursor, &self.sealed(id, &self.claims.grant.prefix))
    }

    /// The end is rounded up to a day, so that an id stays the same for a while.
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

    /// The unfinished file of this visitor's that an id means.
    pub(super) fn open_unfinished(&self, text: &FileId) -> Result<SealedId, Refusal> {
        self.open(&[Purpose::Unfinished], text)
    }

    /// The file that an id means, to be asked about.
    pub(super) fn open_any(
        &self,
        purposes: &[Purpose],
        text: &FileId,
    ) -> Result<SealedId, Refusal> {
        self.open(purposes, text)
    }

    /// Where a listing goes on: where the gateway has said, or at a file that the visitor knows.
    pub(super) fn open_cursor(&self, text: &FileId) -> Result<SealedId, Refusal> {
        self.open(&[Purpose::Cursor, Purpose::Unfinished], text)
    }

    fn open(&self, purposes: &[Purpose], text: &FileId) -> Result<SealedId, Refusal> {
        let signer = &self.config.signer;
        let sealed = purposes
            .iter()
            .find_map(|purpose| signer.open::<SealedId>(*purpose, text.as_str()))
            // So does B2 say it of an id that it does not know. A client then starts afresh.
            .filter(|sealed| sealed.expires > self.now)
            .ok_or_else(|| Refusal::bad_request("Invalid fileId"))?;
        if sealed.owner != self.claims.grant.owner {
            return Err(Refusal::unauthorized("the file is somebody else's"));
        }
        self.claims.grant.check_prefix(&sealed.name)?;
        Ok(sealed)
    }
}
