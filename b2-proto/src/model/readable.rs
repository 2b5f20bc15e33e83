//! Settings that a key may or may not be allowed to read, and fields that may be null.

use serde::{Deserialize, Deserializer};

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
impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Readable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
        struct Wrapper<T> {
            is_client_authorized_to_read: Option<bool>,
            value: Option<T>,
        }
        let wrapper = Option::<Wrapper<T>>::deserialize(deserializer)?;
        Ok(match wrapper {
            Some(Wrapper { is_client_authorized_to_read: Some(true), value }) => {
                Self::Value(value.unwrap_or_default())
            }
            Some(Wrapper { is_client_authorized_to_read: None, value: Some(value) }) => {
                Self::Value(value)
            }
            _ => Self::Unreadable,
        })
    }
}

/// Reads a field whose null means the same as its absence.
pub(crate) fn null_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
