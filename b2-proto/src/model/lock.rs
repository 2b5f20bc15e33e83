//! The lock of a file version: retention and legal hold.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{Display, EnumString};

use super::open::open_enum;
use super::readable::{Reported, Wrapper};
use crate::error::{Error, ErrorKind};
use crate::time::Timestamp;

/// The mode of a retention, which decides who can shorten it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "camelCase")]
#[non_exhaustive]
pub enum RetentionMode {
    /// A key with the capability `bypassGovernance` can shorten the retention.
    Governance,
    /// The retention cannot be shortened.
    Compliance,
    /// A mode that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(RetentionMode);

/// The retention of a file version, during which it cannot be deleted.
///
/// Serializing produces the form of requests, `{"mode": "governance", "retainUntilTimestamp": 1700000000000}`, with
/// nulls for no retention; an unknown retention is an error. Deserializing also accepts the form of responses,
/// `{isClientAuthorizedToRead, value}`.
///
/// ```
/// use b2_proto::model::FileRetention;
/// use b2_proto::time::Timestamp;
///
/// let retention = FileRetention::governance(Timestamp::from_millis(1_700_000_000_000));
/// assert_eq!(
///     serde_json::to_string(&retention)?,
///     r#"{"mode":"governance","retainUntilTimestamp":1700000000000}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<RetentionFields>")]
pub enum FileRetention {
    /// No retention.
    #[default]
    None,
    /// A retention until a time.
    Until {
        /// The mode, which decides who can shorten the retention.
        mode: RetentionMode,
        /// The end of the retention.
        until: Timestamp,
    },
    /// The application key may not read the retention.
    Unknown,
}

impl FileRetention {
    /// Creates a retention in governance mode.
    #[must_use]
    pub const fn governance(until: Timestamp) -> Self {
        Self::Until { mode: RetentionMode::Governance, until }
    }

    /// Creates a retention in compliance mode, which cannot be ended early.
    #[must_use]
    pub const fn compliance(until: Timestamp) -> Self {
        Self::Until { mode: RetentionMode::Compliance, until }
    }

    /// Creates a retention from the two values that describe it. A mode without a time is unknown.
    pub(crate) fn from_parts(mode: Option<RetentionMode>, until: Option<Timestamp>) -> Self {
        match (mode, until) {
            (None, _) => Self::None,
            (Some(mode), Some(until)) => Self::Until { mode, until },
            (Some(_), None) => Self::Unknown,
        }
    }

    /// Checks that a request can contain the retention.
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
}

/// The JSON object of a [`FileRetention`], with or without B2's wrapper.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct RetentionFields {
    mode: Option<RetentionMode>,
    retain_until_timestamp: Option<Timestamp>,
    #[serde(skip_serializing)]
    is_client_authorized_to_read: Option<bool>,
    #[serde(skip_serializing)]
    value: Option<Box<RetentionFields>>,
}

impl From<Option<RetentionFields>> for FileRetention {
    fn from(fields: Option<RetentionFields>) -> Self {
        let Some(fields) = fields else { return Self::None };
        if fields.is_client_authorized_to_read == Some(false) {
            return Self::Unknown;
        }
        let (mode, until) = match fields.value {
            Some(value) => (value.mode, value.retain_until_timestamp),
            None => (fields.mode, fields.retain_until_timestamp),
        };
        Self::from_parts(mode, until)
    }
}

impl Serialize for FileRetention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        let (mode, retain_until_timestamp) = match self.clone() {
            Self::None | Self::Unknown => (None, None),
            Self::Until { mode, until } => (Some(mode), Some(until)),
        };
        let fields = RetentionFields {
            mode,
            retain_until_timestamp,
            is_client_authorized_to_read: None,
            value: None,
        };
        fields.serialize(serializer)
    }
}

impl Reported for FileRetention {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wrapper = match self {
            Self::Unknown => Wrapper::WITHHELD,
            Self::None | Self::Until { .. } => Wrapper::readable(Some(self)),
        };
        wrapper.serialize(serializer)
    }
}

/// The legal hold of a file version, which cannot be deleted while the hold is on.
///
/// Serializing produces the form of requests, `"on"` or `"off"`; an unknown hold is an error. Deserializing also
/// accepts the form of responses, `{isClientAuthorizedToRead, value}`.
///
/// ```
/// use b2_proto::model::LegalHold;
///
/// let hold: LegalHold = serde_json::from_str(r#"{"isClientAuthorizedToRead": true, "value": "on"}"#)?;
/// assert_eq!(hold, LegalHold::On);
/// assert_eq!(serde_json::to_string(&LegalHold::Unset)?, r#""off""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegalHold {
    /// The hold is on.
    On,
    /// The hold was ended.
    Off,
    /// The hold was never set. A request contains `off`.
    #[default]
    Unset,
    /// The application key may not read the hold.
    Unknown,
}

impl LegalHold {
    /// Returns whether the hold is on.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    /// Returns whether the hold is known to be off.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Off | Self::Unset)
    }

    /// Creates a hold from B2's text for it. Any text but `on` and `off` is unknown.
    pub(crate) fn from_text(text: Option<&str>) -> Self {
        match text {
            None => Self::Unset,
            Some("on") => Self::On,
            Some("off") => Self::Off,
            Some(_) => Self::Unknown,
        }
    }

    /// Returns the text for a request: `on` or `off`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the hold is unknown.
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
}

impl<'de> Deserialize<'de> for LegalHold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LegalHoldVisitor)
    }
}

/// Reads a [`LegalHold`] with or without B2's wrapper.
struct LegalHoldVisitor;

impl<'de> Visitor<'de> for LegalHoldVisitor {
    type Value = LegalHold;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`on`, `off`, null or an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<LegalHold, E> {
        Ok(LegalHold::from_text(Some(text)))
    }

    fn visit_unit<E>(self) -> Result<LegalHold, E> {
        Ok(LegalHold::Unset)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<LegalHold, A::Error> {
        let wrapper = Wrapper::<String>::deserialize(MapAccessDeserializer::new(fields))?;
        Ok(match wrapper {
            wrapper if wrapper.is_withheld() => LegalHold::Unknown,
            wrapper => LegalHold::from_text(wrapper.value.as_deref()),
        })
    }
}

impl Serialize for LegalHold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.to_request().map_err(S::Error::custom)?)
    }
}

impl Reported for LegalHold {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wrapper = match self {
            Self::Unknown => Wrapper::WITHHELD,
            Self::Unset => Wrapper::readable(None),
            Self::On | Self::Off => Wrapper::readable(Some(self)),
        };
        wrapper.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::readable::AsReported;

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

    #[test]
    fn the_form_of_responses_reads_back_equal() {
        for retention in [
            FileRetention::None,
            FileRetention::Unknown,
            FileRetention::governance(Timestamp::from_millis(7)),
        ] {
            let json = serde_json::to_value(AsReported(&retention)).unwrap();
            assert_eq!(serde_json::from_value::<FileRetention>(json).unwrap(), retention);
        }
        for hold in [LegalHold::On, LegalHold::Off, LegalHold::Unset, LegalHold::Unknown] {
            let json = serde_json::to_value(AsReported(&hold)).unwrap();
            assert_eq!(serde_json::from_value::<LegalHold>(json).unwrap(), hold);
        }
    }

    #[test]
    fn other_types_are_errors() {
        for (json, message) in [
            (json!(5), "invalid type: integer `5`, expected `on`, `off`, null or an object"),
            (json!(["on"]), "invalid type: sequence, expected `on`, `off`, null or an object"),
            (json!({"value": 5}), "invalid type: integer `5`, expected a string"),
        ] {
            let error = serde_json::from_value::<LegalHold>(json).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        for json in [json!("on"), json!({"mode": 5}), json!({"retainUntilTimestamp": -1})] {
            serde_json::from_value::<FileRetention>(json).unwrap_err();
        }
    }
}
