//! B2 URIs: `b2://BUCKET/PATH` and `b2id://FILE_ID`.

use std::fmt;
use std::str::FromStr;

use b2_proto::api::check_bucket_name;
use b2_proto::model::FileId;

/// A B2 URI. Paths are not percent-decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum B2Uri {
    /// `b2://`: all buckets.
    All,
    /// `b2://BUCKET` and `b2://BUCKET/PATH`; the path may be empty.
    Path { bucket: String, path: String },
    /// `b2id://FILE_ID`: one version.
    Id(FileId),
}

impl B2Uri {
    /// Converts to the URI of a file. Its name is not empty, and may end in a slash.
    pub(crate) fn file(self) -> Result<FileUri, String> {
        match self {
            Self::Path { bucket, path } if !path.is_empty() => {
                Ok(FileUri::Name { bucket, name: path })
            }
            Self::Id(id) => Ok(FileUri::Id(id)),
            other => {
                Err(format!("'{other}' is not a file; write b2://BUCKET/NAME or b2id://FILE_ID"))
            }
        }
    }
}

/// The URI of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileUri {
    /// The newest version of a name.
    Name { bucket: String, name: String },
    /// One version.
    Id(FileId),
}

impl From<FileUri> for B2Uri {
    fn from(uri: FileUri) -> Self {
        match uri {
            FileUri::Name { bucket, name } => Self::Path { bucket, path: name },
            FileUri::Id(id) => Self::Id(id),
        }
    }
}

impl FromStr for FileUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<B2Uri>()?.file()
    }
}

impl fmt::Display for B2Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("b2://"),
            Self::Path { bucket, path } => write!(f, "b2://{bucket}/{path}"),
            Self::Id(id) => write!(f, "b2id://{id}"),
        }
    }
}

impl fmt::Display for FileUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { bucket, name } => write!(f, "b2://{bucket}/{name}"),
            Self::Id(id) => write!(f, "b2id://{id}"),
        }
    }
}

impl FromStr for B2Uri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = |why: &str| Err(format!("'{}' is not a B2 URI: {why}", text.escape_debug()));
        if text.is_empty() {
            return invalid("it is empty; write b2://BUCKET/PATH or b2id://FILE_ID");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return invalid("write b2://BUCKET/PATH or b2id://FILE_ID");
        };
        if scheme.eq_ignore_ascii_case("b2id") {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b":_-".contains(&b);
            if rest.is_empty() || !rest.bytes().all(allowed) {
                return invalid("b2id:// is followed by the id of a file");
            }
            return Ok(Self::Id(rest.into()));
        }
        if !scheme.eq_ignore_ascii_case("b2") {
            return invalid("the scheme is b2 or b2id");
        }
        if rest.is_empty() {
            return Ok(Self::All);
        }
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = bucket_name(bucket)?;
        Ok(Self::Path { bucket, path: path.to_owned() })
    }
}

/// Parses the name of a bucket, `NAME` or `b2://NAME`.
pub(crate) fn bucket_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("b2://").unwrap_or(text);
    let name = name.strip_suffix('/').unwrap_or(name);
    match check_bucket_name(name) {
        Ok(()) => Ok(name.to_owned()),
        Err(error) => Err(error.message().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(bucket: &str, path: &str) -> B2Uri {
        B2Uri::Path { bucket: bucket.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn reads_uris() {
        for (text, uri) in [
            ("b2://", B2Uri::All),
            ("b2://photos", path("photos", "")),
            ("B2://photos/", path("photos", "")),
            ("b2://photos//x", path("photos", "/x")),
            ("b2://photos/a%20b?c#d", path("photos", "a%20b?c#d")),
            ("b2id://4_z1-2:3", B2Uri::Id("4_z1-2:3".into())),
        ] {
            assert_eq!(text.parse(), Ok(uri), "{text}");
        }
        for text in ["", "photos", "s3://photos", "b2://b_c/x", "b2:///x", "b2id://", "b2id://a/b"]
        {
            assert!(text.parse::<B2Uri>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_name_or_an_id_is_a_file() {
        for text in ["b2://", "b2://photos", "b2://photos/"] {
            assert!(text.parse::<FileUri>().is_err(), "{text}");
        }
        for text in ["b2://photos/a/b", "b2://photos/a/", "b2://photos//", "b2://my.photos/a/../b"]
        {
            let uri: FileUri = text.parse().unwrap();
            assert_eq!(uri.to_string(), text);
        }
    }

    #[test]
    fn a_bucket_has_two_spellings() {
        assert_eq!(bucket_name("b2://photos/"), Ok("photos".to_owned()));
        assert_eq!(bucket_name("photos"), Ok("photos".to_owned()));
        assert!(bucket_name("b2://photos/a").is_err());
    }
}
