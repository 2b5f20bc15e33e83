//! The file info of a file.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, btree_map};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{HeaderLimit, check_file_info_key, check_header_size, shown};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::time::Timestamp;

/// The file info of a file: names and values (`fileInfo`, or the headers `X-Bz-Info-*`).
///
/// Names are stored in lower case, as B2 stores them. If an entry is given twice, also in two spellings of its name,
/// [`check`](Self::check) returns an error, because one of the values would be lost. Names that start with `b2-` become
/// headers of the download, and three others are conventions between clients.
///
/// ```
/// use b2_proto::model::FileInfo;
/// use b2_proto::time::Timestamp;
///
/// let info = FileInfo::new()
///     .with("Color", "red")
///     .with_src_last_modified(Timestamp::from_millis(1_500_000_000_000))
///     .with_cache_control("max-age=3600");
/// assert_eq!(info.get("color"), Some("red"));
/// assert_eq!(info.get("src_last_modified_millis"), Some("1500000000000"));
/// assert_eq!(info.cache_control(), Some("max-age=3600"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct FileInfo {
    entries: BTreeMap<String, String>,
    /// The names that were not given in lower case, as they were given.
    original_names: Vec<String>,
    /// The two names of an entry that was given twice.
    duplicate: Option<Box<[String; 2]>>,
}

impl FileInfo {
    /// The modification time of the local file, in milliseconds since 1970.
    pub const SRC_LAST_MODIFIED_MILLIS: &'static str = "src_last_modified_millis";
    /// The SHA-1 of a large file, which B2 does not compute, as 40 hex digits.
    pub const LARGE_FILE_SHA1: &'static str = "large_file_sha1";
    /// The id of the SSE-C key of the file.
    pub const SSE_C_KEY_ID: &'static str = "sse_c_key_id";
    /// The entry with the id of the plan of a large file that is made of ranges of other files.
    pub const PLAN_ID: &'static str = "plan_id";
    /// The header `Cache-Control` of downloads.
    pub const CACHE_CONTROL: &'static str = "b2-cache-control";
    /// The header `Expires` of downloads.
    pub const EXPIRES: &'static str = "b2-expires";
    /// The header `Content-Disposition` of downloads.
    pub const CONTENT_DISPOSITION: &'static str = "b2-content-disposition";
    /// The header `Content-Encoding` of downloads.
    pub const CONTENT_ENCODING: &'static str = "b2-content-encoding";
    /// The header `Content-Language` of downloads.
    pub const CONTENT_LANGUAGE: &'static str = "b2-content-language";

    /// Creates a file info without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: BTreeMap::new(), original_names: Vec::new(), duplicate: None }
    }

    /// Returns the value of an entry. `name` is in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(String::as_str)
    }

    /// Sets an entry and returns its previous value.
    pub fn insert(&mut self, name: &str, value: impl Into<String>) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        self.original_names.retain(|known| !known.eq_ignore_ascii_case(name));
        if lower != name {
            self.original_names.push(name.to_owned());
        }
        self.entries.insert(lower, value.into())
    }

    /// Adds an entry. [`check`](Self::check) returns an error if it exists already.
    pub(super) fn add(&mut self, name: &str, value: String) {
        let original = self.original_names.iter().find(|known| known.eq_ignore_ascii_case(name));
        let before = original.cloned().unwrap_or_else(|| name.to_ascii_lowercase());
        if self.insert(name, value).is_some() {
            self.duplicate = Some(Box::new([before, name.to_owned()]));
        }
    }

    /// Removes an entry and returns its value. `name` is in lower case.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.entries.remove(name)
    }

    /// Returns the entries that a copy of the file takes over: all but the id of the SSE-C key and the id of the plan, which
    /// are about this version.
    #[must_use]
    pub fn for_copy(&self) -> Self {
        let mut info = self.clone();
        info.remove(Self::SSE_C_KEY_ID);
        info.remove(Self::PLAN_ID);
        info
    }

    /// Returns an iterator over all entries in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an entry.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.add(name, value.into());
        self
    }

    /// Adds the modification time of the local file.
    #[must_use]
    pub fn with_src_last_modified(self, time: Timestamp) -> Self {
        self.with(Self::SRC_LAST_MODIFIED_MILLIS, time.as_millis().to_string())
    }

    /// Adds the SHA-1 of a large file.
    #[must_use]
    pub fn with_large_file_sha1(self, digest: Sha1Digest) -> Self {
        self.with(Self::LARGE_FILE_SHA1, digest.to_hex())
    }

    /// Adds the header `Cache-Control` of downloads.
    #[must_use]
    pub fn with_cache_control(self, value: impl Into<String>) -> Self {
        self.with(Self::CACHE_CONTROL, value)
    }

    /// Adds the header `Expires` of downloads.
    #[must_use]
    pub fn with_expires(self, time: Timestamp) -> Self {
        self.with(Self::EXPIRES, time.to_http_date())
    }

    /// Adds the header `Content-Disposition` of downloads.
    #[must_use]
    pub fn with_content_disposition(self, value: impl Into<String>) -> Self {
        self.with(Self::CONTENT_DISPOSITION, value)
    }

    /// Adds the header `Content-Encoding` of downloads.
    #[must_use]
    pub fn with_content_encoding(self, value: impl Into<String>) -> Self {
        self.with(Self::CONTENT_ENCODING, value)
    }

    /// Adds the header `Content-Language` of downloads.
    #[must_use]
    pub fn with_content_language(self, value: impl Into<String>) -> Self {
        self.with(Self::CONTENT_LANGUAGE, value)
    }

    /// Returns the modification time of the local file, or `None` if it is absent or malformed.
    #[must_use]
    pub fn src_last_modified(&self) -> Option<Timestamp> {
        let text = self.get(Self::SRC_LAST_MODIFIED_MILLIS)?;
        text.trim().parse().ok().map(Timestamp::from_millis)
    }

    /// Returns the SHA-1 of a large file, or `None` if it is absent or malformed.
    #[must_use]
    pub fn large_file_sha1(&self) -> Option<Sha1Digest> {
        self.get(Self::LARGE_FILE_SHA1)?.trim().parse().ok()
    }

    /// Returns the id of the SSE-C key.
    #[must_use]
    pub fn sse_c_key_id(&self) -> Option<&str> {
        self.get(Self::SSE_C_KEY_ID)
    }

    /// Returns the header `Cache-Control` of downloads.
    #[must_use]
    pub fn cache_control(&self) -> Option<&str> {
        self.get(Self::CACHE_CONTROL)
    }

    /// Returns the header `Expires` of downloads.
    #[must_use]
    pub fn expires(&self) -> Option<&str> {
        self.get(Self::EXPIRES)
    }

    /// Returns the time in the header `Expires` of downloads, or `None` if it is not a date.
    #[must_use]
    pub fn expires_parsed(&self) -> Option<Timestamp> {
        Timestamp::parse_http_date(self.expires()?)
    }

    /// Returns the header `Content-Disposition` of downloads.
    #[must_use]
    pub fn content_disposition(&self) -> Option<&str> {
        self.get(Self::CONTENT_DISPOSITION)
    }

    /// Returns the header `Content-Encoding` of downloads.
    #[must_use]
    pub fn content_encoding(&self) -> Option<&str> {
        self.get(Self::CONTENT_ENCODING)
    }

    /// Returns the header `Content-Language` of downloads.
    #[must_use]
    pub fn content_language(&self) -> Option<&str> {
        self.get(Self::CONTENT_LANGUAGE)
    }

    /// Checks that no entry was given twice, the names of all entries, and the size of file name and entries as headers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFileInfo`], naming the entry.
    pub fn check(&self, file_name: &str, limit: HeaderLimit) -> Result<(), Error> {
        if let Some([before, after]) = self.duplicate.as_deref() {
            return Err(given_twice(before, after));
        }
        self.iter().try_for_each(|(name, _)| check_file_info_key(name))?;
        check_header_size(file_name, self.iter(), limit)
    }

    /// Sets an entry. An existing entry with another value is an error.
    pub(crate) fn insert_unambiguous(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match self.get(name) {
            Some(present) if present != value => Err(Error::new(
                ErrorKind::InvalidFileInfo,
                format!(
                    "the file info entry '{name}' is given, and contradicts another argument; leave it out"
                ),
            )),
            _ => {
                self.insert(name, value);
                Ok(())
            }
        }
    }
}

fn given_twice(before: &str, after: &str) -> Error {
    let (before, after) = (shown(before), shown(after));
    let message = if before == after {
        format!("the file info entry '{after}' is given twice; leave one out")
    } else {
        format!(
            "the file info entries '{before}' and '{after}' are one: B2 keeps names in lower case; leave one out"
        )
    };
    Error::new(ErrorKind::InvalidFileInfo, message)
}

/// Compares the entries, without regard to the original spelling of their names.
impl PartialEq for FileInfo {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for FileInfo {}

impl PartialOrd for FileInfo {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FileInfo {
    fn cmp(&self, other: &Self) -> Ordering {
        self.entries.cmp(&other.entries)
    }
}

impl Hash for FileInfo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

impl Serialize for FileInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

/// Reads each entry on its own, because a map would not keep an entry that is given twice.
impl<'de> Deserialize<'de> for FileInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = FileInfo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<FileInfo, A::Error> {
                let mut info = FileInfo::new();
                while let Some((name, value)) = entries.next_entry::<String, String>()? {
                    info.add(&name, value);
                }
                Ok(info)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for FileInfo {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut info = Self::new();
        for (name, value) in entries {
            info.add(name.as_ref(), value.into());
        }
        info
    }
}

impl IntoIterator for FileInfo {
    type Item = (String, String);
    type IntoIter = btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D32: b2sdk fails to list a file whose modification time is malformed.
    #[test]
    fn d32_a_malformed_modification_time_is_none() {
        for text in ["", "yesterday", "-5", "1.5", "99999999999999999999999"] {
            let info = FileInfo::new().with(FileInfo::SRC_LAST_MODIFIED_MILLIS, text);
            assert_eq!(info.src_last_modified(), None, "{text}");
        }
        let info = FileInfo::new().with(FileInfo::SRC_LAST_MODIFIED_MILLIS, "1500000000123");
        assert_eq!(info.src_last_modified(), Some(Timestamp::from_millis(1_500_000_000_123)));
    }

    #[test]
    fn names_are_kept_in_lower_case() {
        let info: FileInfo =
            serde_json::from_str(r#"{"Color": "red", "B2-Expires": "never"}"#).unwrap();
        assert_eq!((info.get("color"), info.expires()), (Some("red"), Some("never")));
        assert_eq!(info.expires_parsed(), None);
        let dated = FileInfo::new().with_expires(Timestamp::from_millis(784_111_777_000));
        assert_eq!(dated.expires(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(dated.expires_parsed(), Some(Timestamp::from_millis(784_111_777_000)));
    }

    #[test]
    fn an_entry_that_is_given_twice_is_refused_and_both_spellings_are_named() {
        let from_json = |text| serde_json::from_str::<FileInfo>(text).unwrap();
        let rows = [
            ([("Foo", "1"), ("foo", "2")].into_iter().collect(), "'Foo' and 'foo'"),
            ([("foo", "1"), ("FOO", "1")].into_iter().collect(), "'foo' and 'FOO'"),
            ([("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect(), "'a' is given twice"),
            (FileInfo::new().with("Foo", "1").with("fOO", "2"), "'Foo' and 'fOO'"),
            (FileInfo::new().with("b2-cache-control", "a").with_cache_control("b"), "given twice"),
            (from_json(r#"{"Foo": "1", "foo": "2"}"#), "'Foo' and 'foo'"),
        ];
        for (info, said) in rows {
            let error = info.check("name", HeaderLimit::Ordinary).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidFileInfo);
            assert!(error.message().contains(said), "{error}");
        }
        // Replacing an entry is no error: the previous value is returned.
        let mut info = FileInfo::new().with("Foo", "1");
        assert_eq!(info.insert("foo", "2").as_deref(), Some("1"));
        assert_eq!(info.check("name", HeaderLimit::Ordinary), Ok(()));
        assert_eq!(info, FileInfo::new().with("foo", "2"));
    }

    #[test]
    fn checks_names_and_size() {
        let kind = |info: FileInfo, limit| info.check("name", limit).map_err(|error| error.kind());
        let long = FileInfo::new().with("story", "v".repeat(2_048));
        assert_eq!(kind(long.clone(), HeaderLimit::Ordinary), Ok(()));
        assert_eq!(kind(long, HeaderLimit::Advanced), Err(ErrorKind::InvalidFileInfo));
        let odd = FileInfo::new().with("a b", "");
        assert_eq!(kind(odd, HeaderLimit::Ordinary), Err(ErrorKind::InvalidFileInfo));
    }
}
