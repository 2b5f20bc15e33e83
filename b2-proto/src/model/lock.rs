//! The lock of a file version: retention and legal hold.

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::open::{exact, open_enum};
use crate::error::{Error, ErrorKind};
use crate::time::Timestamp;

open_enum! {
    /// Who can lift a retention.
    RetentionMode, exact {
        /// Whoever has the capability `bypassGovernance`.
        Governance = "governance",
        /// Nobody, before it ends.
        Compliance = "compliance",
    }
}

/// Until when a file version cannot be deleted.
///
/// In JSON `{"mode": "governance", "retainUntilTimestamp": 1700000000000}`, with nulls for none; answers
/// wrap it in `{isClientAuthorizedToRead, value}`, and both forms are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FileRetention {
    /// It can be deleted.
    #[default]
    None,
    /// It cannot be deleted before `until`.
    Until {
        /// Who can lift it.
        mode: RetentionMode,
        /// When it ends.
        until: Timestamp,
    },
    /// The application key may not read it.
    Unknown,
}

impl FileRetention {
    /// Under governance until then.
    #[must_use]
    pub const fn governance(until: Timestamp) -> Self {
        Self::Until { mode: RetentionMode::Governance, until }
    }

    /// Under compliance until then. Nobody can lift it before.
    #[must_use]
    pub const fn compliance(until: Timestamp) -> Self {
        Self::Until { mode: RetentionMode::Compliance, until }
    }

    /// From the two values that describe it. One without the other tells too little.
    pub(crate) fn from_parts(mode: Option<&str>, until: Option<Timestamp>) -> Self {
        match (mode, until) {
            (None, _) => Self::None,
            (Some(mode), Some(until)) => Self::Until { mode: mode.into(), until },
            (Some(_), None) => Self::Unknown,
        }
    }

    /// Checks that it can be sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is unknown.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Unknown => Err(Error::new(
                ErrorKind::InvalidInput,
                "an unknown file retention cannot be asked for; choose one",
            )),
            Self::None | Self::Until { .. } => Ok(()),
        }
    }

    /// As b2sdk prints it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::json!({ "mode": null, "retainUntilTimestamp": null }),
            Self::Until { mode, until } => {
                serde_json::json!({ "mode": mode, "retainUntilTimestamp": until })
            }
            Self::Unknown => serde_json::json!({ "mode": "unknown", "retainUntilTimestamp": null }),
        }
    }
}

impl Serialize for FileRetention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FileRetention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Wire {
            is_client_authorized_to_read: Option<bool>,
            value: Option<Flat>,
            #[serde(flatten)]
            flat: Flat,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Flat {
            mode: Option<String>,
            retain_until_timestamp: Option<Timestamp>,
        }
        let wire = Option::<Wire>::deserialize(deserializer)?.unwrap_or_default();
        if wire.is_client_authorized_to_read == Some(false) {
            return Ok(Self::Unknown);
        }
        let flat = wire.value.unwrap_or(wire.flat);
        Ok(Self::from_parts(flat.mode.as_deref(), flat.retain_until_timestamp))
    }
}

/// Whether a file version is under legal hold, which forbids to delete it until somebody ends it.
///
/// In JSON `"on"` or `"off"`; answers may wrap it in `{isClientAuthorizedToRead, value}`, and both forms
/// are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegalHold {
    /// It is.
    On,
    /// It is not.
    Off,
    /// Nobody has ever said. A request says `off`.
    #[default]
    Unset,
    /// The application key may not read it.
    Unknown,
}

impl LegalHold {
    /// Whether it is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    /// Whether it is known to be off.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Off | Self::Unset)
    }

    /// From the text that stands for it; one that is neither is unknown.
    pub(crate) fn from_text(text: Option<&str>) -> Self {
        match text {
            None => Self::Unset,
            Some("on") => Self::On,
            Some("off") => Self::Off,
            Some(_) => Self::Unknown,
        }
    }

    /// What a request says: `on` or `off`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is unknown.
    pub fn to_request(self) -> Result<&'static str, Error> {
        match self {
            Self::On => Ok("on"),
            Self::Off | Self::Unset => Ok("off"),
            Self::Unknown => Err(Error::new(
                ErrorKind::InvalidInput,
                "an unknown legal hold cannot be asked for; choose on or off",
            )),
        }
    }

    /// As b2sdk prints it: `on`, `off`, null or `unknown`.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::On => "on".into(),
            Self::Off => "off".into(),
            Self::Unset => serde_json::Value::Null,
            Self::Unknown => "unknown".into(),
        }
    }
}

impl Serialize for LegalHold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.to_request().map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for LegalHold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Flat(String),
            #[serde(rename_all = "camelCase")]
            Wrapped {
                #[serde(default)]
                is_client_authorized_to_read: Option<bool>,
                #[serde(default)]
                value: Option<String>,
            },
        }
        Ok(match Option::<Wire>::deserialize(deserializer)? {
            None => Self::Unset,
            Some(Wire::Flat(text)) => Self::from_text(Some(&text)),
            Some(Wire::Wrapped { is_client_authorized_to_read: Some(false), .. }) => Self::Unknown,
            Some(Wire::Wrapped { value, .. }) => Self::from_text(value.as_deref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn file_retention_in_all_its_forms() {
        let until = Timestamp::from_millis(5);
        let set = json!({"mode": "compliance", "retainUntilTimestamp": 5});
        let none = json!({"mode": null, "retainUntilTimestamp": null});
        for (json, retention) in [
            (set.clone(), FileRetention::compliance(until)),
            (
                json!({"isClientAuthorizedToRead": true, "value": set}),
                FileRetention::compliance(until),
            ),
            (none.clone(), FileRetention::None),
            (json!({"isClientAuthorizedToRead": true, "value": none}), FileRetention::None),
            (json!({"isClientAuthorizedToRead": true, "value": null}), FileRetention::None),
            (json!({"isClientAuthorizedToRead": false, "value": null}), FileRetention::Unknown),
            (json!({"mode": "governance"}), FileRetention::Unknown),
            (Value::Null, FileRetention::None),
        ] {
            assert_eq!(
                serde_json::from_value::<FileRetention>(json.clone()).unwrap(),
                retention,
                "{json}"
            );
        }
        assert_eq!(serde_json::to_value(FileRetention::None).unwrap(), none);
        assert_eq!(serde_json::to_value(FileRetention::compliance(until)).unwrap(), set);
        assert!(serde_json::to_value(FileRetention::Unknown).is_err());
    }

    #[test]
    fn legal_hold_in_all_its_forms() {
        for (json, hold) in [
            (json!("on"), LegalHold::On),
            (json!("off"), LegalHold::Off),
            (json!("perhaps"), LegalHold::Unknown),
            (json!({"isClientAuthorizedToRead": true, "value": "on"}), LegalHold::On),
            (json!({"isClientAuthorizedToRead": true, "value": null}), LegalHold::Unset),
            (json!({"isClientAuthorizedToRead": false, "value": null}), LegalHold::Unknown),
            (Value::Null, LegalHold::Unset),
        ] {
            assert_eq!(serde_json::from_value::<LegalHold>(json.clone()).unwrap(), hold, "{json}");
        }
        assert_eq!(serde_json::to_value(LegalHold::Unset).unwrap(), json!("off"));
        assert!(serde_json::to_value(LegalHold::Unknown).is_err());
        assert!(LegalHold::Unset.is_off() && !LegalHold::Unknown.is_off());
    }
}
