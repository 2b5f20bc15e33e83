//! Settings that a key may or may not be allowed to read.

use serde::{Deserialize, Deserializer};

use crate::json::{FromJson, Place, deserialize};

/// A setting that B2 shows only to keys with the capability for it.
///
/// B2 never refuses a whole answer because one setting in it is secret: it withholds the setting. That a
/// value is withheld, and that there is none, are two things.
///
/// ```
/// use b2_proto::model::{EncryptionSetting, Readable};
///
/// let shown = r#"{"isClientAuthorizedToRead": true, "value": {"mode": "SSE-B2", "algorithm": "AES256"}}"#;
/// let setting: Readable<EncryptionSetting> = serde_json::from_str(shown)?;
/// assert_eq!(setting.value(), Some(&EncryptionSetting::SseB2));
///
/// let withheld = r#"{"isClientAuthorizedToRead": false, "value": null}"#;
/// let setting: Readable<EncryptionSetting> = serde_json::from_str(withheld)?;
/// assert_eq!(setting.value(), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Readable<T> {
    /// The key may not read it; nothing is known.
    #[default]
    Unreadable,
    /// What it is.
    Value(T),
}

impl<T> Readable<T> {
    /// The value, if the key may read it.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Unreadable => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value, if the key may read it.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Unreadable => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// Reads B2's wrapper `{isClientAuthorizedToRead, value}`; a value that is null is the default one.
impl<T: FromJson + Default> FromJson for Readable<T> {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() || is_withheld(place) {
            return Self::Unreadable;
        }
        let value = place.field("value");
        if !value.is_absent() {
            return Self::Value(T::from_json(&value));
        }
        let is_said = !place.field(IS_READABLE).is_absent();
        if is_said { Self::Value(T::default()) } else { Self::Unreadable }
    }
}

/// What B2's wrapper says about the value in it.
const IS_READABLE: &str = "isClientAuthorizedToRead";

/// Whether B2's wrapper says that the key may not read the value.
pub(super) fn is_withheld(wrapper: &Place<'_>) -> bool {
    wrapper.read::<Option<_>>(IS_READABLE) == Some(false)
}

impl<'de, T: FromJson + Default> Deserialize<'de> for Readable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}
