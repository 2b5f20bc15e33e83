//! The encryption and the lock of files and buckets, as JavaScript describes them.

use alloc::string::String;

use b2_client::proto::model::{
    EncryptionKey, EncryptionSetting, FileRetention, LegalHold, RetentionMode,
};
use b2_client::proto::time::Timestamp;
use serde::Deserialize;

/// `Encryption`. Its key is base64.
#[derive(Deserialize)]
#[serde(try_from = "EncryptionFields")]
pub(super) struct Encryption(pub(super) EncryptionSetting);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EncryptionFields {
    mode: EncryptionMode,
    key: Option<String>,
    key_id: Option<String>,
}

#[derive(Deserialize)]
enum EncryptionMode {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "SSE-B2")]
    SseB2,
    #[serde(rename = "SSE-C")]
    SseC,
}

impl TryFrom<EncryptionFields> for Encryption {
    type Error = b2_client::proto::Error;

    fn try_from(fields: EncryptionFields) -> Result<Self, Self::Error> {
        let EncryptionFields { mode, key, key_id } = fields;
        let setting = match mode {
            EncryptionMode::None => EncryptionSetting::None,
            EncryptionMode::SseB2 => EncryptionSetting::SseB2,
            EncryptionMode::SseC => {
                let key = EncryptionKey::from_base64(&key.unwrap_or_default())?;
                EncryptionSetting::SseC(match key_id {
                    Some(id) => key.with_id(id),
                    None => key,
                })
            }
        };
        Ok(Self(setting))
    }
}

/// `FileRetention`.
#[derive(Deserialize)]
#[serde(try_from = "RetentionFields")]
pub(super) struct Retention(pub(super) FileRetention);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetentionFields {
    mode: Option<KnownMode>,
    retain_until_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum KnownMode {
    Governance,
    Compliance,
}

impl TryFrom<RetentionFields> for Retention {
    type Error = &'static str;

    fn try_from(fields: RetentionFields) -> Result<Self, Self::Error> {
        Ok(Self(match (fields.mode, fields.retain_until_timestamp) {
            (None, _) => FileRetention::None,
            (Some(mode), Some(until)) => FileRetention::Until { mode: mode.into(), until },
            (Some(_), None) => return Err("a retention needs `retainUntilTimestamp`"),
        }))
    }
}

impl From<KnownMode> for RetentionMode {
    fn from(mode: KnownMode) -> Self {
        match mode {
            KnownMode::Governance => Self::Governance,
            KnownMode::Compliance => Self::Compliance,
        }
    }
}

/// `"on" | "off"`.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Hold {
    On,
    Off,
}

impl From<Hold> for LegalHold {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::On => Self::On,
            Hold::Off => Self::Off,
        }
    }
}
