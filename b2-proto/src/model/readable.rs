//! Settings that a response may withhold.

use serde::{Deserialize, Serialize, Serializer};

/// A setting that B2 includes in a response only if the application key has the capability to read it.
///
/// A withheld setting differs from one that is not set. Reads B2's wrapper `{isClientAuthorizedToRead, value}`; a
/// `value` of null is the default.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "Option<Wrapper<T>>", bound(deserialize = "T: Deserialize<'de> + Default"))]
pub enum Readable<T> {
    /// The key may not read the setting.
    #[default]
    Unreadable,
    /// The setting.
    Value(T),
}

impl<T> Readable<T> {
    /// Returns the value, if the key may read it.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Unreadable => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Converts into the value, if the key may read it.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Unreadable => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// B2's wrapper around a setting that it may withhold.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(super) struct Wrapper<T> {
    pub(super) is_client_authorized_to_read: Option<bool>,
    pub(super) value: Option<T>,
}

impl<T> Wrapper<T> {
    pub(super) const WITHHELD: Self =
        Self { is_client_authorized_to_read: Some(false), value: None };

    pub(super) const fn readable(value: Option<T>) -> Self {
        Self { is_client_authorized_to_read: Some(true), value }
    }

    pub(super) fn is_withheld(&self) -> bool {
        self.is_client_authorized_to_read == Some(false)
    }
}

impl<T: Default> From<Option<Wrapper<T>>> for Readable<T> {
    fn from(wrapper: Option<Wrapper<T>>) -> Self {
        match wrapper {
            Some(wrapper) if wrapper.is_withheld() => Self::Unreadable,
            Some(Wrapper { value: Some(value), .. }) => Self::Value(value),
            Some(Wrapper { is_client_authorized_to_read: Some(_), value: None }) => {
                Self::Value(T::default())
            }
            Some(_) | None => Self::Unreadable,
        }
    }
}

impl<T: Serialize> Serialize for Readable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value() {
            Some(value) => Wrapper::readable(Some(value)).serialize(serializer),
            None => Wrapper::<T>::WITHHELD.serialize(serializer),
        }
    }
}

/// A setting whose form in a response differs from its form in a request.
///
/// A request cannot contain a setting that is unknown, and a response can. `Serialize` produces the form of requests;
/// fields of responses use `serialize_with = "Reported::serialize_reported"`.
pub(super) trait Reported {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Serializes the form of responses inside another value.
pub(super) struct AsReported<'a, T>(pub(super) &'a T);

impl<T: Reported> Serialize for AsReported<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_reported(serializer)
    }
}

impl<T: Reported> Reported for Readable<T> {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value() {
            Some(value) => Wrapper::readable(Some(AsReported(value))).serialize(serializer),
            None => Wrapper::<()>::WITHHELD.serialize(serializer),
        }
    }
}
