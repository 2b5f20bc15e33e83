//! Text conversions of open enumerations.
//!
//! An open enumeration derives serde's traits. Its last variant, `Other`, holds a value that this version does not
//! know. The other conversions go through serde, so that each name is written once.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// Implements `Display` and `From<&str>` for open enumerations.
macro_rules! open_enum {
    ($($name:ident),+) => {$(
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                serde::Serialize::serialize(self, f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                super::open::from_text(text).unwrap_or_else(|_| Self::Other(text.into()))
            }
        }
    )+};
}

pub(super) use open_enum;

/// Deserializes a value from its text alone.
pub(super) fn from_text<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::{BucketType, CorsOperation, EventType, FileAction, ReplicationStatus};

    #[test]
    fn texts_convert_in_every_direction() {
        let rows = [
            (BucketType::AllPrivate, "allPrivate"),
            (BucketType::Snapshot, "snapshot"),
            (BucketType::Other("allSecret".to_owned()), "allSecret"),
            (BucketType::Other("AllPrivate".to_owned()), "AllPrivate"),
            (BucketType::Other(String::new()), ""),
        ];
        for (value, text) in rows {
            assert_eq!(BucketType::from(text), value);
            assert_eq!(value.to_string(), text);
            assert_eq!(serde_json::to_value(&value).unwrap(), json!(text));
            assert_eq!(serde_json::from_value::<BucketType>(json!(text)).unwrap(), value);
        }
    }

    #[test]
    fn names_that_follow_no_single_rule() {
        assert_eq!(CorsOperation::from("b2_upload_part"), CorsOperation::UploadPart);
        assert_eq!(CorsOperation::from("s3_head"), CorsOperation::S3Head);
        assert_eq!(EventType::from("b2:ObjectDeleted:*"), EventType::ObjectDeletedAny);
        assert_eq!(FileAction::from("hide"), FileAction::Hide);
        assert_eq!(ReplicationStatus::from("pending").to_string(), "PENDING");
    }

    #[test]
    fn only_text_is_a_value() {
        for value in [json!(5), json!(null), json!(["upload"]), json!(true)] {
            let error = serde_json::from_value::<FileAction>(value).unwrap_err();
            assert_eq!(error.to_string(), "expected a string");
        }
    }
}
