//! The info of a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

/// The info of a file, in the order of the names. Takes less memory than a map: most files have one entry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, String>")]
pub(crate) struct Info(Box<[(Box<str>, Box<str>)]>);

impl Info {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl From<BTreeMap<String, String>> for Info {
    fn from(info: BTreeMap<String, String>) -> Self {
        Self(info.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Serialize for Info {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
