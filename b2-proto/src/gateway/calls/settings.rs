//! Settings of new files in requests: encryption, and those that would bind the application.

use alloc::string::String;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::gateway::refusal::Refusal;
use crate::model::{EncryptionSetting, FileRetention, LegalHold};

/// The encryption of a file, of which only the mode is read.
#[derive(Deserialize)]
pub(super) struct Encryption {
    mode: Option<String>,
}

/// Returns the encryption, if it is one that the application can read without a key of the visitor.
pub(super) fn encryption(given: Option<Encryption>) -> Result<Option<EncryptionSetting>, Refusal> {
    match given.and_then(|encryption| encryption.mode).as_deref() {
        None => Ok(None),
        Some("SSE-B2") => Ok(Some(EncryptionSetting::SseB2)),
        // With SSE-C the application could not read the file.
        Some(_) => Err(Refusal::unauthorized("the grant is not for this encryption")),
    }
}

/// Refuses retention, legal hold and upload timestamps, which are never granted.
pub(super) fn check_unbound(
    retention: Option<&FileRetention>,
    legal_hold: Option<LegalHold>,
    custom_upload_timestamp: Option<&IgnoredAny>,
) -> Result<(), Refusal> {
    let binding = [
        ("fileRetention", retention.is_some()),
        ("legalHold", legal_hold.is_some()),
        ("customUploadTimestamp", custom_upload_timestamp.is_some()),
    ];
    match binding.iter().find(|(_, is_given)| *is_given) {
        Some((field, _)) => Err(Refusal::unauthorized(format!("the grant is not for '{field}'"))),
        None => Ok(()),
    }
}
