//! The lock of a file version: retention and legal hold.

use super::open::{exact, open_enum};
use super::readable::is_withheld;
use crate::error::{Error, ErrorKind};
use crate::json::{AsJson, FromJson, Json, Object, Place, serde_read, serde_write};
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
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let (mode, until) = match self {
            Self::None => (Json::Null, Json::Null),
            Self::Until { mode, until } => (mode.as_json(), until.as_json()),
            Self::Unknown => (Json::text("unknown"), Json::Null),
        };
        Object::new().with("mode", mode).with("retainUntilTimestamp", until).into()
    }
}

impl AsJson for FileRetention {
    fn as_json(&self) -> Json<'_> {
        self.check().map_or_else(Json::from, |()| self.to_tree())
    }
}

impl FromJson for FileRetention {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        if is_withheld(place) {
            return Self::Unknown;
        }
        let value = place.field("value");
        let retention = if value.is_absent() { place } else { &value };
        let mode = retention.field("mode").text_if_any();
        Self::from_parts(mode, retention.read("retainUntilTimestamp"))
    }
}

serde_read!(FileRetention);
serde_write!(FileRetention);

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
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub const fn to_tree(self) -> Json<'static> {
        match self {
            Self::On => Json::text("on"),
            Self::Off => Json::text("off"),
            Self::Unset => Json::Null,
            Self::Unknown => Json::text("unknown"),
        }
    }
}

impl AsJson for LegalHold {
    fn as_json(&self) -> Json<'_> {
        self.to_request().map_or_else(Json::from, Json::text)
    }
}

impl FromJson for LegalHold {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_text() {
            return Self::from_text(Some(place.text()));
        }
        if place.is_null() {
            return Self::Unset;
        }
        if is_withheld(place) {
            return Self::Unknown;
        }
        Self::from_text(place.field("value").text_if_any())
    }
}

serde_read!(LegalHold);
serde_write!(LegalHold);

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
