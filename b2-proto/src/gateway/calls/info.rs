//! File info in requests.

use alloc::string::String;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::encoding::shown;
use crate::model::FileInfo;

/// File info in which no name is repeated. Names have no case.
#[derive(Debug, Default)]
pub(super) struct GivenInfo(pub(super) FileInfo);

impl<'de> Deserialize<'de> for GivenInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = GivenInfo;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<GivenInfo, A::Error> {
        let mut info = FileInfo::new();
        while let Some((name, value)) = entries.next_entry::<String, String>()? {
            if info.insert(&name, value).is_some() {
                let name = shown(&name);
                return Err(A::Error::custom(format!(
                    "the file info '{name}' is there more than once"
                )));
            }
        }
        Ok(GivenInfo(info))
    }
}
