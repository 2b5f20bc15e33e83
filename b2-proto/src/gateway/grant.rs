//! What a visitor may do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::media;
use super::refusal::Refusal;
use crate::account::AllowedBucket;
use crate::encoding::check_file_name;
use crate::model::{BucketId, Capability, FileInfo};
use crate::time::Timestamp;

/// The file info entry in which a client may say how long the file will be, in bytes.
///
/// Nothing needs it. With it, a file that is too long is refused before its first byte, and one that is
/// not exactly so long is cancelled when it is finished.
pub const DECLARED_SIZE: &str = "gateway-size";

/// The file info entry that says whose file it is. Only the gateway writes it.
pub(super) const OWNER_MARK: &str = "gateway-owner";

/// What one visitor may do, where, and for how long. The application's own check makes it.
///
/// A new grant allows nothing. What it says travels in the visitor's token: signed, so that nobody can
/// change it, and not encrypted, so that the visitor can read it.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::gateway::{Grant, Names, Uploads};
///
/// let hour = Duration::from_secs(3_600);
/// let grant = Grant::new("visitor-42", "4a48fe8875c6214145260818", "media", "u/42/", hour)
///     .uploads(Uploads::new(5_000_000_000, ["image/*", "video/mp4"]).names(Names::Unique).attachment())
///     .list();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    #[serde(rename = "o")]
    pub(super) owner: String,
    #[serde(rename = "b")]
    pub(super) bucket: AllowedBucket,
    #[serde(rename = "p")]
    pub(super) prefix: String,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(super) uploads: Option<Uploads>,
    #[serde(rename = "l", default)]
    pub(super) list: bool,
    #[serde(rename = "d", default)]
    pub(super) download: bool,
    #[serde(skip)]
    pub(super) lifetime: Duration,
}

impl Grant {
    /// A grant that allows nothing yet.
    ///
    /// `owner` is the application's name for the visitor: unfinished uploads belong to an owner, also when
    /// several owners share a prefix. All names start with `prefix`; end it with a slash, or `u/4` will
    /// also be the start of `u/42/`.
    #[must_use]
    pub fn new(
        owner: impl Into<String>,
        bucket_id: impl Into<BucketId>,
        bucket_name: impl Into<String>,
        prefix: impl Into<String>,
        lifetime: Duration,
    ) -> Self {
        Self {
            owner: owner.into(),
            bucket: AllowedBucket { id: bucket_id.into(), name: Some(bucket_name.into()) },
            prefix: prefix.into(),
            uploads: None,
            list: false,
            download: false,
            lifetime,
        }
    }

    /// Allows to upload.
    #[must_use]
    pub fn uploads(mut self, uploads: Uploads) -> Self {
        self.uploads = Some(uploads);
        self
    }

    /// Allows to list all files under the prefix, and to ask about each of them.
    #[must_use]
    pub fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// Allows to get download authorizations for names under the prefix. None outlives the grant.
    #[must_use]
    pub fn download(mut self) -> Self {
        self.download = true;
        self
    }

    /// The capabilities that a client is told. They keep it from asking in vain; what it may do is
    /// decided call by call.
    pub(super) fn capabilities(&self) -> Vec<Capability> {
        let upload = self.uploads.is_some();
        let any = upload || self.list || self.download;
        [
            // Going on with an unfinished file takes a listing of one's own.
            (upload || self.list, Capability::LIST_FILES),
            // A doubtful finish is looked up.
            (any, Capability::READ_FILES),
            (self.download, Capability::SHARE_FILES),
            (upload, Capability::WRITE_FILES),
        ]
        .into_iter()
        .filter_map(|(has, capability)| has.then_some(capability))
        .collect()
    }

    pub(super) fn check_bucket(&self, id: &BucketId) -> Result<(), Refusal> {
        if *id == self.bucket.id {
            return Ok(());
        }
        Err(Refusal::unauthorized("the grant is for another bucket"))
    }

    /// Checks a name, or a prefix for a listing. No prefix is a shorter one.
    pub(super) fn check_prefix(&self, name: &str) -> Result<(), Refusal> {
        if name.starts_with(&self.prefix) {
            return Ok(());
        }
        let prefix = self.prefix.escape_debug();
        Err(Refusal::unauthorized(format!("the grant is for names that start with '{prefix}'")))
    }

    pub(super) fn may_upload(&self) -> Result<&Uploads, Refusal> {
        self.uploads.as_ref().ok_or_else(|| Refusal::unauthorized("the grant is not for uploads"))
    }
}

/// A grant, and when it ends: what a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "g")]
    pub(super) grant: Grant,
    #[serde(rename = "x")]
    pub(super) expires: Timestamp,
}

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

    pub(super) fn check_size(&self, size: u64) -> Result<(), Refusal> {
        if size <= self.max_bytes {
            return Ok(());
        }
        let most = self.max_bytes;
        Err(Refusal::bad_request(format!("the grant is for files of at most {most} bytes")))
    }

    pub(super) fn check_type(&self, content_type: &str) -> Result<(), Refusal> {
        if media::allows(&self.types, content_type) {
            return Ok(());
        }
        let shown: String = content_type.escape_debug().take(80).collect();
        Err(Refusal::unauthorized(format!(
            "the grant is not for the content type '{shown}'; it is for {}",
            self.types.join(", ")
        )))
    }

    /// The file info to store: what the visitor says, what every file gets, and whose it is.
    pub(super) fn info_to_store(&self, given: FileInfo, mark: &str) -> Result<FileInfo, Refusal> {
        // These become headers of every download; they are the application's to choose.
        let header = given.iter().find(|(key, value)| {
            key.starts_with("b2-") && self.info.get(key).is_none_or(|ours| ours != *value)
        });
        if let Some((key, _)) = header {
            let key: String = key.escape_debug().take(80).collect();
            return Err(Refusal::bad_request(format!(
                "the file info '{key}' is the application's to set"
            )));
        }
        let mut info = given;
        for (key, value) in self.info.iter() {
            info.insert(key, value);
        }
        info.insert(OWNER_MARK, mark);
        Ok(info)
    }

    /// The size that the visitor has declared.
    pub(super) fn declared_size(&self, info: &FileInfo) -> Result<Option<u64>, Refusal> {
        let Some(text) = info.get(DECLARED_SIZE) else {
            return Ok(None);
        };
        let size = text
            .parse()
            .map_err(|_| Refusal::bad_request(format!("'{DECLARED_SIZE}' is no number")))?;
        self.check_size(size)?;
        Ok(Some(size))
    }
}

/// Who chooses the names of new files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Names {
    /// The visitor, under the prefix. A name that exists gets a new version.
    #[default]
    #[serde(rename = "g")]
    AsGiven,
    /// The visitor; between the prefix and the rest the gateway puts a random folder, so that no upload
    /// ever replaces what others see.
    #[serde(rename = "u")]
    Unique,
    /// The application: the prefix and this. What the visitor calls the file does not matter.
    #[serde(rename = "f")]
    Fixed(String),
}

/// The random folder of [`Names::Unique`]: sixteen hex digits.
const RANDOM: usize = 16;

impl Names {
    fn are_as_given(&self) -> bool {
        *self == Self::AsGiven
    }

    /// The name under which a file is stored. `random` is sixteen hex digits.
    pub(super) fn stored(
        &self,
        grant: &Grant,
        given: &str,
        random: &str,
    ) -> Result<String, Refusal> {
        let prefix = &grant.prefix;
        let name = match self {
            Self::Fixed(rest) => format!("{prefix}{rest}"),
            Self::AsGiven | Self::Unique => {
                grant.check_prefix(given)?;
                check_segments(given)?;
                match self {
                    Self::Unique => format!("{prefix}{random}/{}", &given[prefix.len()..]),
                    _ => given.to_owned(),
                }
            }
        };
        check_segments(&name)?;
        Ok(name)
    }

    /// What the visitor called a file that is stored under this name; the name itself where that is not
    /// known.
    pub(super) fn given(&self, grant: &Grant, stored: &str) -> String {
        let rest = stored.strip_prefix(&grant.prefix);
        let rest = rest.and_then(|rest| rest.split_once('/'));
        match (self, rest) {
            (Self::Unique, Some((random, rest))) if random.len() == RANDOM => {
                format!("{}{rest}", grant.prefix)
            }
            _ => stored.to_owned(),
        }
    }
}

/// Names that B2 allows, without `.` and `..`: whoever makes paths of them stays inside.
fn check_segments(name: &str) -> Result<(), Refusal> {
    check_file_name(name).map_err(|error| Refusal::bad_request(error.message()))?;
    if name.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(Refusal::bad_request("a part of a name is neither '.' nor '..'"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant::new("o", "b", "bucket", "u/42/", Duration::from_secs(60))
    }

    fn stored(names: &Names, given: &str) -> Option<String> {
        names.stored(&grant(), given, "0123456789abcdef").ok()
    }

    #[test]
    fn names_stay_under_the_prefix() {
        let given = Names::AsGiven;
        assert_eq!(stored(&given, "u/42/a b").as_deref(), Some("u/42/a b"));
        for name in [
            "",
            "a",
            "u/4",
            "u/42",
            "u/421",
            "U/42/a",
            "/u/42/a",
            "u/42/",
            "u/42/../41/a",
            "u/42/a/..",
            "u/42/./a",
            "u/42//a",
            "u/42/a\\..\\b",
            "u/42/a\0",
            "u/42/a\n",
        ] {
            assert_eq!(stored(&given, name), None, "{name:?}");
            assert_eq!(stored(&Names::Unique, name), None, "{name:?}");
        }
        let long = format!("u/42/{}", "x/".repeat(600));
        assert_eq!(stored(&given, &long), None);
    }

    #[test]
    fn the_gateway_chooses() {
        let name = stored(&Names::Unique, "u/42/d/a").unwrap();
        assert_eq!(name, "u/42/0123456789abcdef/d/a");
        assert_eq!(Names::Unique.given(&grant(), &name), "u/42/d/a");
        assert_eq!(Names::Unique.given(&grant(), "u/42/d/a"), "u/42/d/a");
        let fixed = Names::Fixed("avatar.png".to_owned());
        assert_eq!(stored(&fixed, "../whatever").as_deref(), Some("u/42/avatar.png"));
        assert_eq!(stored(&Names::Fixed("../x".to_owned()), "a"), None);
    }

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
        assert_eq!(uploads.declared_size(&FileInfo::new()), Ok(None));
    }
}
