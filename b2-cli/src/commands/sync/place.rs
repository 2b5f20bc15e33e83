//! The folders of a synchronization, as arguments.

use std::ffi::OsString;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use b2_proto::model::BucketId;
use b2_proto::sync::Side;

use crate::error::CliError;
use crate::uri::bucket_name;

/// A folder: on this machine or in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Local(PathBuf),
    /// A folder of a bucket; the path is empty or has no slash at its end.
    Bucket {
        bucket: String,
        path: String,
    },
}

impl Place {
    /// Parses an argument: `b2://BUCKET/PATH`, or `b2:BUCKET/PATH`, or a local path.
    pub(crate) fn parse(text: OsString) -> Result<Self, String> {
        let Some(uri) = text.to_str() else {
            return Ok(Self::Local(text.into()));
        };
        if uri.is_empty() {
            return Err("the folder is empty; give a path or b2://BUCKET/FOLDER".to_owned());
        }
        let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
        let short = uri.strip_prefix("b2:");
        let rest = match (scheme, short) {
            (Some(scheme), _) if scheme.eq_ignore_ascii_case("b2") => &uri[scheme.len() + 3..],
            (Some(scheme), _) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                return Err(format!(
                    "'{scheme}://' is not supported; give b2://BUCKET/FOLDER, or ./{uri} for a local folder"
                ));
            }
            (_, Some("")) => return Err("give the bucket: b2://BUCKET/FOLDER".to_owned()),
            (_, Some(rest)) if rest.starts_with(|first: char| first.is_ascii_alphanumeric()) => {
                rest
            }
            _ => return Ok(Self::Local(text.into())),
        };
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.starts_with('/') || path.contains("//") {
            return Err("'//' not allowed in path names".to_owned());
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        Ok(Self::Bucket { bucket: bucket_name(bucket)?, path: path.to_owned() })
    }

    /// Returns the side of a synchronization, with the name of the bucket as its id: enough to check the options before a
    /// bucket is looked up.
    pub(crate) fn side(&self) -> Side {
        match self {
            Self::Local(_) => Side::Local,
            Self::Bucket { bucket, path } => {
                let slash = if path.is_empty() { "" } else { "/" };
                let bucket_id = BucketId::from(bucket.as_str());
                Side::Bucket { bucket_id, prefix: format!("{path}{slash}") }
            }
        }
    }
}

/// Checks that a local source is a folder. It is not created.
pub(crate) fn check_source(path: &Path) -> Result<(), CliError> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(CliError::message(format!("{shown} is not a folder"))),
        Err(error) => Err(CliError::local(path, &error)),
    }
}

/// Checks that a local destination is a folder or does not exist yet.
pub(crate) fn check_destination(path: &Path) -> Result<(), CliError> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_dir() => {
            let shown = path.display();
            Err(CliError::message(format!("{shown} is not a folder; choose another path")))
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            let shown = path.display();
            let text = format!("{shown}: a part of the path is not a folder; choose another path");
            Err(CliError::message(text))
        }
        _ => Ok(()),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Bucket { bucket, path } => write!(f, "b2://{bucket}/{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(bucket: &str, path: &str) -> Place {
        Place::Bucket { bucket: bucket.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn a_folder_is_local_or_in_a_bucket() {
        for (text, place) in [
            ("b2://photos", bucket("photos", "")),
            ("b2:photos", bucket("photos", "")),
            ("b2://photos/", bucket("photos", "")),
            ("b2://photos/x/y/", bucket("photos", "x/y")),
            ("b2:photos/x", bucket("photos", "x")),
            ("b2://photos/a%20b", bucket("photos", "a%20b")),
            ("b2:/x", Place::Local("b2:/x".into())),
            ("b2:-x", Place::Local("b2:-x".into())),
            ("./b2://x", Place::Local("./b2://x".into())),
            ("photos", Place::Local("photos".into())),
        ] {
            assert_eq!(Place::parse(text.into()), Ok(place), "{text}");
        }
        for (text, why) in [
            ("", "empty"),
            ("b2:", "give the bucket"),
            ("b2://", "bucket"),
            ("b2://photos//", "'//' not allowed"),
            ("b2://photos/x//y", "'//' not allowed"),
            ("b2id://4_z1", "not supported"),
            ("s3://photos", "not supported"),
        ] {
            let error = Place::parse(text.into()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
