//! The SHA-1 of a file as B2 reports it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hash::Sha1Digest;

const UNVERIFIED: &str = "unverified:";

/// The SHA-1 of a file version: the field `contentSha1` and the header `X-Bz-Content-Sha1`.
///
/// ```
/// use b2_proto::model::ContentSha1;
///
/// let sha1 = ContentSha1::from("unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
/// assert!(!sha1.is_verified());
/// assert_eq!(sha1.digest().unwrap().to_hex(), "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
/// assert_eq!(ContentSha1::from("none").digest(), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ContentSha1 {
    /// A digest that B2 has compared with the uploaded bytes.
    Verified(Sha1Digest),
    /// A digest (`unverified:…`) that B2 has not compared, because the upload asked for that.
    Unverified(Sha1Digest),
    /// The text `none`: the file is a large file, and B2 does not know its digest.
    LargeFile,
    /// Null or no value, as for hide markers and folders.
    #[default]
    Absent,
    /// A text that this version does not know.
    Other(String),
}

impl ContentSha1 {
    /// Returns the digest, verified or not.
    #[must_use]
    pub const fn digest(&self) -> Option<Sha1Digest> {
        match self {
            Self::Verified(digest) | Self::Unverified(digest) => Some(*digest),
            Self::LargeFile | Self::Absent | Self::Other(_) => None,
        }
    }

    /// Returns whether B2 has compared the digest with the bytes.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::Verified(_))
    }

    /// Returns the text that B2 uses, or `None` for null.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Verified(digest) => Some(digest.to_hex()),
            Self::Unverified(digest) => Some(format!("{UNVERIFIED}{digest}")),
            Self::LargeFile => Some("none".to_owned()),
            Self::Absent => None,
            Self::Other(text) => Some(text.clone()),
        }
    }
}

impl From<&str> for ContentSha1 {
    fn from(text: &str) -> Self {
        let other = || Self::Other(text.to_owned());
        match text.strip_prefix(UNVERIFIED) {
            Some(hex) => hex.parse().map_or_else(|_| other(), Self::Unverified),
            None if text == "none" => Self::LargeFile,
            None if text.is_empty() => Self::Absent,
            None => text.parse().map_or_else(|_| other(), Self::Verified),
        }
    }
}

impl fmt::Display for ContentSha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_text().as_deref().unwrap_or("none"))
    }
}

impl Serialize for ContentSha1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_text().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ContentSha1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map_or(Self::Absent, |text| Self::from(text.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_its_forms_and_writes_them_back() {
        let hex = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
        let digest = Sha1Digest::of(b"hello world");
        let unverified = format!("unverified:{hex}");
        let rows = [
            (Some(hex), ContentSha1::Verified(digest)),
            (Some(unverified.as_str()), ContentSha1::Unverified(digest)),
            (Some("none"), ContentSha1::LargeFile),
            (None, ContentSha1::Absent),
            (Some("unverified:?"), ContentSha1::Other("unverified:?".to_owned())),
            (Some("sha3"), ContentSha1::Other("sha3".to_owned())),
        ];
        for (text, sha1) in rows {
            let json = serde_json::json!(text);
            assert_eq!(serde_json::from_value::<ContentSha1>(json.clone()).unwrap(), sha1);
            assert_eq!(serde_json::to_value(&sha1).unwrap(), json);
        }
    }
}
