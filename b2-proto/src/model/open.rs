//! Open enumerations: their last variant, `Other`, holds a value that this version does not know.
//!
//! strum derives the conversions from and to text, so that each name is written once.

/// Implements serde's traits for open enumerations.
macro_rules! open_enum {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text =
                    <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_str()))
            }
        }
    };
}

pub(super) use open_enum;

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
        for (value, found) in [
            (json!(5), "integer `5`"),
            (json!(null), "null"),
            (json!(["upload"]), "sequence"),
            (json!(true), "boolean `true`"),
        ] {
            let error = serde_json::from_value::<FileAction>(value).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid type: {found}, expected a string"));
        }
    }
}
