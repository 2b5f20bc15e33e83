//! Lists whose entries are read one by one.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::encoding::{JsonError, from_json, shown};
use crate::error::{Error, ErrorKind};

/// The maximum number of entries on a page.
const MAX_ENTRIES: usize = 10_000;

/// The name of an entry, whose other fields may be of any form.
#[derive(Deserialize)]
struct EntryName {
    #[serde(alias = "bucketName", alias = "fileName", alias = "keyName")]
    name: Option<String>,
}

/// The entries of a page. They are read one by one, so that one that cannot be read does not affect the others.
pub(super) struct Entries<T> {
    /// The entries that could be read.
    pub(super) entries: Vec<T>,
    /// An error for each of the others.
    pub(super) unreadable: Vec<Error>,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<T>, A::Error> {
        let mut read = Entries { entries: Vec::new(), unreadable: Vec::new() };
        while let Some(entry) = list.next_element::<Box<RawValue>>()? {
            if read.entries.len() + read.unreadable.len() == MAX_ENTRIES {
                return Err(A::Error::custom("a page has at most 10,000 entries"));
            }
            match from_json(entry.get().as_bytes()) {
                Ok(entry) => read.entries.push(entry),
                Err(error) => read.unreadable.push(unreadable(&entry, &error)),
            }
        }
        Ok(read)
    }
}

/// Creates the error of an entry, with its name if that can be read.
fn unreadable(entry: &RawValue, error: &JsonError) -> Error {
    let name = from_json::<EntryName>(entry.get().as_bytes()).ok().and_then(|entry| entry.name);
    let Some(name) = name else {
        let message = format!("an entry of the listing cannot be read: {error}");
        return Error::new(ErrorKind::UnreadableEntry, message);
    };
    let message = format!("'{}' is listed in a way that cannot be read: {error}", shown(&name));
    Error::new(ErrorKind::UnreadableEntry, message).with_subject(name)
}
