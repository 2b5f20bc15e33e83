//! Download authorizations.

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Idempotency, JsonEndpoint, Overrides, invalid};
use crate::account::Allowed;
use crate::encoding::seconds;
use crate::error::Error;
use crate::model::{BucketId, Capability};
use crate::secret::Secret;

const MAX_DURATION: Duration = Duration::from_secs(604_800);

/// `b2_get_download_authorization`: returns a token for downloads by name from a private bucket.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::api::GetDownloadAuthorization;
///
/// let hour = Duration::from_secs(3_600);
/// let call = GetDownloadAuthorization::new("4a48fe8875c6214145260818".into(), "2024/", hour);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetDownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The prefix of the names that the token allows. Empty is all names.
    pub file_name_prefix: String,
    /// The lifetime in whole seconds: 1 second to 7 days.
    #[serde(rename = "validDurationInSeconds", with = "seconds")]
    pub valid_duration: Duration,
    /// Headers of the downloads to replace. Each download must request the same ones.
    #[serde(flatten)]
    pub overrides: Overrides,
}

/// The response to [`GetDownloadAuthorization`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DownloadAuthorization {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The prefix of the names.
    pub file_name_prefix: String,
    /// The token, for the header or the query parameter `Authorization` of a download by name.
    pub authorization_token: Secret,
    /// Headers that each download with the token must replace. B2 returns none; a [gateway](crate::gateway) returns those
    /// that it added.
    #[serde(flatten)]
    pub overrides: Overrides,
}

impl GetDownloadAuthorization {
    /// Creates the call.
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

impl JsonEndpoint for GetDownloadAuthorization {
    type Response = DownloadAuthorization;
    const NAME: &'static str = "b2_get_download_authorization";
    const CAPABILITY: Capability = Capability::SHARE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

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
    fn reads_what_a_gateway_adds() {
        let mut answer = json!({
            "bucketId": "b", "fileNamePrefix": "u/", "authorizationToken": "t", "b2ContentDisposition": "attachment",
        });
        let read: DownloadAuthorization = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(read.overrides.content_disposition.as_deref(), Some("attachment"));
        answer["b2ContentDisposition"].take();
        let read: DownloadAuthorization = serde_json::from_value(answer).unwrap();
        assert_eq!(read.overrides, Overrides::default());
    }

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
