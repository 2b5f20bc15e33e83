//! Tokens that allow others to download.

use alloc::string::String;
use core::time::Duration;

use super::{Endpoint, Overrides, Repeat, invalid};
use crate::account::Allowed;
use crate::error::Error;
use crate::json::{AsJson, Json, Object, read_object, serde_write};
use crate::model::{BucketId, Capability};
use crate::secret::Secret;

const MAX_DURATION: Duration = Duration::from_secs(604_800);

/// `b2_get_download_authorization`: a token for downloads by name from a private bucket.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::api::GetDownloadAuthorization;
///
/// let hour = Duration::from_secs(3_600);
/// let call = GetDownloadAuthorization::new("4a48fe8875c6214145260818".into(), "2024/", hour);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetDownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// For files whose name starts so; for all if it is empty.
    pub file_name_prefix: String,
    /// For how long it works: 1 second to 7 days, in whole seconds.
    pub valid_duration: Duration,
    /// Headers that the downloads have. Each download must ask for the same ones.
    pub overrides: Overrides,
}

impl AsJson for GetDownloadAuthorization {
    fn as_json(&self) -> Json<'_> {
        let mut call = Object::new();
        call.add("bucketId", &self.bucket_id);
        call.add("fileNamePrefix", &self.file_name_prefix);
        call.add("validDurationInSeconds", &self.valid_duration);
        for (name, value) in self.overrides.iter() {
            call.put(name, Json::text(value));
        }
        call.into()
    }
}

serde_write!(GetDownloadAuthorization);

/// The answer to [`GetDownloadAuthorization`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// What the names start with.
    pub file_name_prefix: String,
    /// Goes into the header `Authorization` of a download by name, or into its query parameter of that name.
    pub authorization_token: Secret,
}

read_object! { DownloadAuthorization {
    bucket_id: "bucketId",
    file_name_prefix: "fileNamePrefix",
    authorization_token: "authorizationToken",
} }

impl GetDownloadAuthorization {
    /// For these files, that long.
    #[must_use]
    pub fn new(
        bucket_id: BucketId,
        file_name_prefix: impl Into<String>,
        valid_duration: Duration,
    ) -> Self {
        Self {
            bucket_id,
            file_name_prefix: file_name_prefix.into(),
            valid_duration,
            overrides: Overrides::default(),
        }
    }
}

impl Endpoint for GetDownloadAuthorization {
    type Response = DownloadAuthorization;
    const NAME: &'static str = "b2_get_download_authorization";
    const CAPABILITY: Capability = Capability::SHARE_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn validate(&self) -> Result<(), Error> {
        if self.valid_duration < Duration::from_secs(1) || self.valid_duration > MAX_DURATION {
            return Err(invalid(
                "a download authorization is valid for 1 to 604800 seconds (7 days)",
            ));
        }
        Ok(())
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_name_prefix.clone())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name_prefix).map(|()| None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::api::test::sent;

    #[test]
    fn sends_duration_and_overrides() {
        let mut call = GetDownloadAuthorization::new("b".into(), "", MAX_DURATION);
        call.overrides.content_type = Some("text/plain".to_owned());
        let expected = json!({
            "bucketId": "b", "fileNamePrefix": "", "validDurationInSeconds": 604_800, "b2ContentType": "text/plain",
        });
        assert_eq!(sent(&call).unwrap(), expected);
        for seconds in [0, 604_801] {
            call.valid_duration = Duration::from_secs(seconds);
            assert_eq!(sent(&call).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
