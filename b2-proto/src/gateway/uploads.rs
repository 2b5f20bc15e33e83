//! Which files a visitor may upload.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::refusal::Refusal;
use crate::account::UploadLimits;
use crate::encoding::{HeaderLimit, shown};
use crate::error::{Error, ErrorKind};
use crate::model::FileInfo;

/// The file info entry in which a client may declare the size of a large file, in bytes.
///
/// It is for clients that do not know the gateway, and is stored with the file. Clients of this crate use
/// [`StartLargeFile::declared_size`](crate::api::StartLargeFile::declared_size) instead. Both are optional. A file whose
/// declared size is too large is refused when it is started, and one of another size is cancelled when it is finished.
pub const DECLARED_SIZE: &str = "gateway-size";

/// The file info entry with the mark of the owner. Only the gateway sets it.
pub(super) const OWNER_MARK: &str = "gateway-owner";

/// The file info entry with the size that was declared when a large file was started. Only the gateway sets it.
pub(super) const DECLARED_MARK: &str = "gateway-declared";

/// The file info entries that only the gateway sets, which are removed from responses.
pub(super) const MARKS: [&str; 2] = [OWNER_MARK, DECLARED_MARK];

/// Which files a visitor may upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploads {
    #[serde(rename = "m")]
    pub(super) max_bytes: u64,
    #[serde(rename = "t")]
    pub(super) types: Vec<String>,
    #[serde(rename = "n", default, skip_serializing_if = "Names::are_as_given")]
    pub(super) names: Names,
    #[serde(rename = "i", default, skip_serializing_if = "FileInfo::is_empty")]
    pub(super) info: FileInfo,
}

impl Uploads {
    /// Allows files of at most `max_bytes` bytes with these content types: exact ones, or `image/*`, or `*/*`.
    ///
    /// Downloads have the stored content type. If files are served under your own origin, a type that browsers execute,
    /// such as `text/html` or `image/svg+xml`, lets visitors run scripts there: see [`attachment`](Self::attachment).
    /// `image/*` does not include such types. `b2/x-auto`, which lets B2 choose the type by the name, must be listed
    /// itself, since it can become any type.
    #[must_use]
    pub fn new(max_bytes: u64, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            max_bytes,
            types: types.into_iter().map(Into::into).collect(),
            names: Names::default(),
            info: FileInfo::new(),
        }
    }

    /// Sets how files are named. Default: [`Names::AsGiven`].
    #[must_use]
    pub fn names(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Adds these entries to the info of every file. They replace those of the visitor.
    #[must_use]
    pub fn info(mut self, info: FileInfo) -> Self {
        self.info = info;
        self
    }

    /// Adds `Content-Disposition: attachment` to every file, so that browsers save it instead of showing it.
    #[must_use]
    pub fn attachment(mut self) -> Self {
        self.info.insert(FileInfo::CONTENT_DISPOSITION, "attachment");
        self
    }

    /// Returns the limits to announce, so that clients refuse files before they send a request.
    pub(super) fn limits(&self) -> UploadLimits {
        UploadLimits::new(self.max_bytes, self.types.iter().cloned())
    }

    /// Checks the entries that are added to every file.
    pub(super) fn check_info(&self) -> Result<(), Error> {
        let checked = self.info.check("", HeaderLimit::Ordinary);
        checked.map_err(|error| Error::new(ErrorKind::InvalidInput, error.message()))?;
        match MARKS.iter().chain([&DECLARED_SIZE]).find(|mark| self.info.get(mark).is_some()) {
            Some(mark) => {
                let message = format!("the file info '{mark}' is the gateway's own");
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
            None => Ok(()),
        }
    }

    pub(super) fn check_size(&self, size: u64) -> Result<(), Refusal> {
        self.limits().check_size(size).map_err(|error| Refusal::from_limits(&error))
    }

    pub(super) fn check_type(&self, content_type: &str) -> Result<(), Refusal> {
        self.limits().check_content_type(content_type).map_err(|error| Refusal::from_limits(&error))
    }

    /// Returns the file info to store: the visitor's entries, those that every file gets, and the mark of the owner.
    pub(super) fn info_to_store(&self, given: FileInfo, mark: &str) -> Result<FileInfo, Refusal> {
        // These entries become headers of downloads, which only the application may set.
        let header = given.iter().find(|(key, value)| {
            key.starts_with("b2-") && self.info.get(key).is_none_or(|own| own != *value)
        });
        if let Some((key, _)) = header {
            let key = shown(key);
            return Err(Refusal::bad_request(format!(
                "the file info '{key}' is the application's to set"
            )));
        }
        // Other programs may copy values into headers and logs.
        if let Some((key, _)) = given.iter().find(|(_, value)| value.chars().any(char::is_control))
        {
            let key = shown(key);
            return Err(Refusal::bad_request(format!(
                "the file info '{key}' has control characters"
            )));
        }
        let mut info = given;
        for (key, value) in self.info.iter() {
            info.insert(key, value);
        }
        for mark in MARKS {
            info.remove(mark);
        }
        info.insert(OWNER_MARK, mark);
        Ok(info)
    }

    /// Returns the size that the visitor has declared in the file info.
    pub(super) fn declared_size(&self, info: &FileInfo) -> Result<Option<u64>, Refusal> {
        let Some(text) = info.get(DECLARED_SIZE) else {
            return Ok(None);
        };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let size = digits.then(|| text.parse().ok()).flatten();
        let wrong = || Refusal::bad_request(format!("'{DECLARED_SIZE}' is no number"));
        let size = size.ok_or_else(wrong)?;
        self.check_size(size)?;
        Ok(Some(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_info_of_the_application_wins() {
        let uploads = Uploads::new(9, ["*/*"]).attachment();
        let mark = "m";
        let given = FileInfo::new().with("Color", "red").with(OWNER_MARK, "another owner");
        let info = uploads.info_to_store(given, mark).unwrap();
        let entries: Vec<_> = info.iter().collect();
        assert_eq!(
            entries,
            [("b2-content-disposition", "attachment"), ("color", "red"), (OWNER_MARK, "m")]
        );
        for (key, value) in [("B2-Content-Disposition", "inline"), ("b2-content-encoding", "gzip")]
        {
            let given = FileInfo::new().with(key, value);
            assert!(uploads.info_to_store(given, mark).is_err(), "{key}");
        }
        for value in ["a\r\nx: y", "a\n", "\0", "a\u{85}"] {
            let given = FileInfo::new().with("color", value);
            assert!(uploads.info_to_store(given, mark).is_err(), "{value:?}");
        }
        let same = FileInfo::new().with_content_disposition("attachment");
        uploads.info_to_store(same, mark).unwrap();
    }

    #[test]
    fn sizes() {
        let uploads = Uploads::new(9, ["*/*"]);
        let declared = |text: &str| {
            uploads.declared_size(&FileInfo::new().with(DECLARED_SIZE, text)).ok().flatten()
        };
        assert_eq!(declared("9"), Some(9));
        assert_eq!([declared("10"), declared("-1"), declared("x"), declared("")], [None; 4]);
        assert_eq!([declared("+5"), declared(" 5"), declared("5 "), declared("0x5")], [None; 4]);
        assert_eq!(uploads.declared_size(&FileInfo::new()), Ok(None));
    }
}
