//! A map of a few texts.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{AsJson, FromJson, Json, Place, deserialize, serialize};

/// A few texts by name, such as what a bucket carries; or ids by ids.
///
/// ```
/// use b2_proto::model::TextMap;
///
/// let info: TextMap<String> = [("color", "red"), ("size", "small")].into_iter().collect();
/// assert_eq!(info.get("color").map(String::as_str), Some("red"));
/// assert_eq!(serde_json::to_string(&info)?, r#"{"color":"red","size":"small"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
// Sorted by name: there are ten entries or so, for which a tree would be much code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextMap<T>(Vec<(T, T)>);

impl<T> TextMap<T> {
    /// No entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All entries, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&T, &T)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl<T: AsRef<str>> TextMap<T> {
    /// The value of an entry.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.position(name).ok().map(|at| &self.0[at].1)
    }

    /// Sets an entry, and answers the value it had.
    pub fn insert(&mut self, name: T, value: T) -> Option<T> {
        match self.position(name.as_ref()) {
            Ok(at) => Some(core::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// Removes an entry, and answers its value.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        self.position(name).ok().map(|at| self.0.remove(at).1)
    }

    /// Where the entry is, or where it would be.
    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}

impl<T> Default for TextMap<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: AsRef<str>, K: Into<T>, V: Into<T>> FromIterator<(K, V)> for TextMap<T> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (name, value) in entries {
            map.insert(name.into(), value.into());
        }
        map
    }
}

impl<T> IntoIterator for TextMap<T> {
    type Item = (T, T);
    type IntoIter = vec::IntoIter<(T, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: AsRef<str> + for<'n> From<&'n str>> FromJson for TextMap<T> {
    fn from_json(place: &Place<'_>) -> Self {
        place.fields().map(|(name, value)| (name, value.text())).collect()
    }
}

impl<T: AsRef<str>> AsJson for TextMap<T> {
    fn as_json(&self) -> Json<'_> {
        let fields = self.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        Json::Object(fields.map(|(name, value)| (name.into(), Json::text(value))).collect())
    }
}

impl<'de, T: AsRef<str> + for<'n> From<&'n str>> Deserialize<'de> for TextMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

impl<T: AsRef<str>> Serialize for TextMap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, serializer)
    }
}
