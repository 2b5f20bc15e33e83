//! What a visitor may upload.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::refusal::Refusal;
use crate::account::UploadLimits;
use crate::encoding::{HeaderLimit, shown};
use crate::error::{Error, ErrorKind};
use crate::model::FileInfo;

/// The file info entry in which a client may say how long the file will be, in bytes.
///
/// It is for clients of B2 that know nothing of gateways, and is stored with the file. Clients of this crate say it in
/// [`StartLargeFile::declared_size`](crate::api::StartLargeFile::declared_size). Nothing needs either. With one, a file
/// that is too long is refused before its first byte, and one that is not exactly so long is cancelled when it is
/// finished.
pub const DECLARED_SIZE: &str = "gateway-size";

/// The file info entry that says whose file it is. Only the gateway writes it.
pub(super) const OWNER_MARK: &str = "gateway-owner";

/// The file info entry that keeps the size that was declared when a large file was started. Only the gateway writes it.
pub(super) const DECLARED_MARK: &str = "gateway-declared";

/// The file info entries that the gateway writes, and that no visitor sees.
pub(super) const MARKS: [&str; 2] = [OWNER_MARK, DECLARED_MARK];

/// What a visitor may upload.
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
    /// Files of at most so many bytes, of these content types: exact ones, or `image/*`, or `*/*`.
    ///
    /// Downloads have the stored content type, so a type that a browser executes (`text/html`,
    /// `image/svg+xml`, which `image/*` includes) makes every link to the file a page of yours if you serve
    /// files under your own origin. See [`attachment`](Self::attachment). `b2/x-auto`, where B2 chooses by
    /// the name, must be named itself, since it can become any type.
    #[must_use]
    pub fn new(max_bytes: u64, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            max_bytes,
            types: types.into_iter().map(Into::into).collect(),
            names: Names::default(),
            info: FileInfo::new(),
        }
    }

    /// Who chooses the names. By default the visitor does, under the prefix.
    #[must_use]
    pub fn names(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Gives every file these entries, whatever the visitor says.
    #[must_use]
    pub fn info(mut self, info: FileInfo) -> Self {
        self.info = info;
        self
    }

    /// Gives every file `Content-Disposition: attachment`, so that a browser saves it instead of showing it.
    #[must_use]
    pub fn attachment(mut self) -> Self {
        self.info.insert(FileInfo::CONTENT_DISPOSITION, "attachment");
        self
    }

    /// Returns what a client is told, so that it refuses by itself what would be refused here.
    pub(super) fn limits(&self) -> UploadLimits {
        UploadLimits::new(self.max_bytes, self.types.iter().cloned())
    }

    /// Checks the entries that every file gets.
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
        self.limits().check_size(size).map_err(|error| Refusal::of_file(&error))
    }

    pub(super) fn check_type(&self, content_type: &str) -> Result<(), Refusal> {
        self.limits().check_content_type(content_type).map_err(|error| Refusal::of_file(&error))
    }

    /// The file info to store: what the visitor says, what every file gets, and whose it is.
    pub(super) fn info_to_store(&self, given: FileInfo, mark: &str) -> Result<FileInfo, Refusal> {
        // These become headers of every download; they are the application's to choose.
        let header = given.iter().find(|(key, value)| {
            key.starts_with("b2-") && self.info.get(key).is_none_or(|ours| ours != *value)
        });
        if let Some((key, _)) = header {
            let key = shown(key);
            return Err(Refusal::bad_request(format!(
                "the file info '{key}' is the application's to set"
            )));
        }
        // Some write what they read into headers and logs.
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

    /// The size that the visitor has declared.
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
    fn the_application_has_the_last_word_about_info() {
        let uploads = Uploads::new(9, ["*/*"]).attachment();
        let mark = "m";
        let given = FileInfo::new().with("Color", "red").with(OWNER_MARK, "somebody else");
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
