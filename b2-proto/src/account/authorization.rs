//! The authorization of an account: its token, URLs and permissions.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::UploadLimits;
use crate::encoding::{null_as_default, shown};
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, BucketId, Capability};
use crate::secret::Secret;
use crate::time::Timestamp;

/// B2's response to `b2_authorize_account`: a token, the URLs to use it at, and its permissions.
///
/// It is valid for at most 24 hours. Serialized, it holds the token in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Authorization {
    /// The account. It may differ from the application key id that was used.
    pub account_id: AccountId,
    /// The token, for the header `Authorization` of calls and downloads.
    pub token: Secret,
    /// The URL of API calls, without a slash at the end.
    pub api_url: String,
    /// The URL of downloads, without a slash at the end.
    pub download_url: String,
    /// The URL of B2's S3-compatible API, without a slash at the end; empty if the response has none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub s3_api_url: String,
    /// The recommended size of a part, in bytes.
    pub recommended_part_size: u64,
    /// The minimum size of all parts but the last, in bytes.
    pub absolute_minimum_part_size: u64,
    /// The permissions of the key.
    pub allowed: Allowed,
    /// The time at which the application key expires, if it does.
    pub key_expiration: Option<Timestamp>,
}

/// The permissions of an application key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Allowed {
    /// The capabilities.
    #[serde(default, deserialize_with = "null_as_default")]
    pub capabilities: Vec<Capability>,
    /// The buckets to which the key is restricted. `None` and an empty list are all buckets.
    pub buckets: Option<Vec<AllowedBucket>>,
    /// The prefix of file names to which the key is restricted. `None` and an empty one are all names.
    pub name_prefix: Option<String>,
    /// Limits of new files. Only gateways have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploads: Option<UploadLimits>,
}

/// A bucket that a restricted key may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedBucket {
    /// The bucket.
    pub id: BucketId,
    /// The name; `None` if the bucket was deleted.
    pub name: Option<String>,
}

impl Authorization {
    /// The part size that B2 itself recommends, in bytes.
    pub const RECOMMENDED_PART_SIZE: u64 = 100_000_000;

    /// The smallest size of any part but the last at B2 itself, in bytes.
    pub const ABSOLUTE_MINIMUM_PART_SIZE: u64 = 5_000_000;

    /// Creates an authorization with all capabilities in all buckets, and B2's part sizes.
    #[must_use]
    pub fn new(account_id: AccountId, token: Secret, api_url: &str, download_url: &str) -> Self {
        Self {
            account_id,
            token,
            api_url: without_slash(api_url),
            download_url: without_slash(download_url),
            s3_api_url: String::new(),
            recommended_part_size: Self::RECOMMENDED_PART_SIZE,
            absolute_minimum_part_size: Self::ABSOLUTE_MINIMUM_PART_SIZE,
            allowed: Allowed { capabilities: Capability::ALL.to_vec(), ..Allowed::default() },
            key_expiration: None,
        }
    }

    /// Checks that the key has a capability.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], naming it.
    pub fn require(&self, capability: &Capability) -> Result<(), Error> {
        if self.allowed.has(capability) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unauthorized,
            format!("the application key lacks the capability {capability}; use a key that has it"),
        )
        .with_key_restrictions(self.allowed.describe()))
    }
}

impl Allowed {
    /// Returns whether the key has a capability.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.capabilities.contains(capability)
    }

    /// Returns whether downloads need a download authorization, since the key may share files and not read them.
    #[must_use]
    pub fn downloads_by_grant(&self) -> bool {
        !self.has(&Capability::READ_FILES) && self.has(&Capability::SHARE_FILES)
    }

    /// Returns the buckets to which the key is restricted. Empty if it is not restricted.
    #[must_use]
    pub fn restricted_to(&self) -> &[AllowedBucket] {
        self.buckets.as_deref().unwrap_or_default()
    }

    /// Returns the id of a bucket to which the key is restricted. Names are compared without case, as B2 does.
    #[must_use]
    pub fn bucket_id(&self, name: &str) -> Option<&BucketId> {
        let named = |bucket: &&AllowedBucket| bucket.is_named(name);
        self.restricted_to().iter().find(named).map(|bucket| &bucket.id)
    }

    /// Checks that the key may use the bucket with this id.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`], naming the buckets it may use.
    pub fn check_bucket_id(&self, id: &BucketId) -> Result<(), Error> {
        self.check(|bucket| bucket.id == *id)
    }

    /// Checks that the key may use the bucket with this name, in any case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`], naming the buckets it may use.
    pub fn check_bucket_name(&self, name: &str) -> Result<(), Error> {
        self.check(|bucket| bucket.is_named(name))
    }

    fn check(&self, is_it: impl Fn(&AllowedBucket) -> bool) -> Result<(), Error> {
        let buckets = self.restricted_to();
        if buckets.is_empty() || buckets.iter().any(is_it) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::RestrictedBucket,
            format!("the application key is restricted to the buckets {}", self.bucket_list()),
        ))
    }

    /// Checks that a bucket to which the key is restricted still exists.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucketMissing`] if all of them were deleted. While one exists, the key works.
    pub fn check_buckets_exist(&self) -> Result<(), Error> {
        let buckets = self.restricted_to();
        if buckets.is_empty() || buckets.iter().any(|bucket| bucket.name.is_some()) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::RestrictedBucketMissing,
            "the application key is restricted to buckets that no longer exist; use another key",
        ))
    }

    /// Checks that the key may use files of this name, or, for a listing, names with this prefix.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], saying what names must start with.
    pub fn check_file_name(&self, name: &str) -> Result<(), Error> {
        match self.name_prefix.as_deref() {
            Some(prefix) if !name.starts_with(prefix) => Err(Error::new(
                ErrorKind::Unauthorized,
                format!(
                    "the application key is restricted to file names that start with '{}'",
                    shown(prefix)
                ),
            )
            .with_key_restrictions(self.describe())),
            _ => Ok(()),
        }
    }

    /// Returns the prefix to list by, so that all names with `prefix` that the key may use are listed: the prefix of
    /// the key, where that is longer; `None` where nothing needs to change.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], saying what names must start with, if the key may use no name with this prefix.
    pub fn narrow_prefix(&self, prefix: Option<&str>) -> Result<Option<String>, Error> {
        let prefix = prefix.unwrap_or_default();
        match self.name_prefix.as_deref() {
            Some(own) if own.len() > prefix.len() && own.starts_with(prefix) => {
                Ok(Some(own.to_owned()))
            }
            _ => self.check_file_name(prefix).map(|()| None),
        }
    }

    /// Describes the restrictions of the key, for a message.
    ///
    /// ```
    /// use b2_proto::account::Allowed;
    ///
    /// let mut allowed = Allowed::default();
    /// allowed.capabilities = vec!["listFiles".into()];
    /// allowed.name_prefix = Some("photos/".to_owned());
    /// assert_eq!(
    ///     allowed.describe(),
    ///     "with capabilities 'listFiles', restricted to files that start with 'photos/'"
    /// );
    /// ```
    #[must_use]
    pub fn describe(&self) -> String {
        let mut phrases = Vec::new();
        if !Capability::ALL.iter().all(|capability| self.has(capability)) {
            let names: Vec<_> = self.capabilities.iter().map(Capability::as_str).collect();
            phrases.push(format!("with capabilities '{}'", names.join(",")));
        }
        if !self.restricted_to().is_empty() {
            phrases.push(format!("restricted to buckets [{}]", self.bucket_list()));
        }
        if let Some(prefix) = self.name_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            phrases.push(format!("restricted to files that start with '{}'", shown(prefix)));
        }
        if phrases.is_empty() {
            phrases.push("with no restrictions".to_owned());
        }
        phrases.join(", ")
    }

    fn bucket_list(&self) -> String {
        let name = |bucket: &AllowedBucket| match &bucket.name {
            Some(name) => format!("'{name}'"),
            None => format!("'{}' (deleted)", bucket.id),
        };
        let names: Vec<_> = self.restricted_to().iter().map(name).collect();
        names.join(", ")
    }
}

impl AllowedBucket {
    fn is_named(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

pub(crate) fn without_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restricted(buckets: &[(&str, Option<&str>)]) -> Allowed {
        let bucket = |(id, name): &(&str, Option<&str>)| AllowedBucket {
            id: BucketId::new(*id),
            name: name.map(str::to_owned),
        };
        Allowed { buckets: Some(buckets.iter().map(bucket).collect()), ..Allowed::default() }
    }

    #[test]
    fn a_missing_capability_is_named() {
        let mut authorization =
            Authorization::new("a".into(), "t".into(), "http://x/", "http://y//");
        assert_eq!(
            (authorization.api_url.as_str(), authorization.download_url.as_str()),
            ("http://x", "http://y")
        );
        authorization.require(&Capability::LIST_KEYS).unwrap();
        authorization.allowed.capabilities = vec![Capability::READ_FILES];
        let error = authorization.require(&Capability::LIST_KEYS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert!(error.to_string().contains("listKeys"), "{error}");
    }

    #[test]
    fn restrictions_of_buckets() {
        let free = [Allowed::default(), restricted(&[])];
        for allowed in free {
            allowed.check_bucket_id(&"b9".into()).unwrap();
            allowed.check_bucket_name("any").unwrap();
            allowed.check_buckets_exist().unwrap();
        }
        let allowed = restricted(&[("b1", Some("photos")), ("b2", None)]);
        allowed.check_bucket_id(&"b2".into()).unwrap();
        allowed.check_bucket_name("Photos").unwrap();
        allowed.check_buckets_exist().unwrap();
        assert_eq!(allowed.bucket_id("PHOTOS"), Some(&"b1".into()));
        let error = allowed.check_bucket_name("films").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RestrictedBucket);
        assert!(error.to_string().contains("'photos'"), "{error}");
        let gone = restricted(&[("b2", None)]).check_buckets_exist().unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::RestrictedBucketMissing);
    }

    #[test]
    fn restrictions_of_names() {
        let allowed = Allowed { name_prefix: Some("in/".to_owned()), ..Allowed::default() };
        allowed.check_file_name("in/a").unwrap();
        assert_eq!(allowed.check_file_name("in").unwrap_err().kind(), ErrorKind::Unauthorized);
        Allowed::default().check_file_name("").unwrap();
    }

    #[test]
    fn listings_stay_within_the_prefix_of_the_key() {
        let allowed = Allowed { name_prefix: Some("photos/".to_owned()), ..Allowed::default() };
        for prefix in [None, Some(""), Some("p"), Some("photos")] {
            assert_eq!(allowed.narrow_prefix(prefix).unwrap().as_deref(), Some("photos/"));
        }
        for prefix in ["photos/", "photos/2024"] {
            assert_eq!(allowed.narrow_prefix(Some(prefix)), Ok(None));
        }
        for prefix in ["films", "photo/", "Photos/"] {
            let error = allowed.narrow_prefix(Some(prefix)).unwrap_err();
            assert!(error.to_string().contains("'photos/'"), "{error}");
        }
        assert_eq!(Allowed::default().narrow_prefix(None), Ok(None));
    }

    #[test]
    fn describes_itself() {
        let mut allowed = restricted(&[("b1", Some("x")), ("b2", None)]);
        assert_eq!(
            allowed.describe(),
            "with capabilities '', restricted to buckets ['x', 'b2' (deleted)]"
        );
        allowed = Allowed { capabilities: Capability::ALL.to_vec(), ..Allowed::default() };
        assert_eq!(allowed.describe(), "with no restrictions");
    }

    #[test]
    fn a_new_authorization_allows_everything() {
        let authorization = Authorization::new("a".into(), "t".into(), "http://x/", "http://y");
        assert!(Capability::ALL.iter().all(|capability| authorization.require(capability).is_ok()));
        assert!(authorization.allowed.restricted_to().is_empty());
        assert_eq!(authorization.api_url, "http://x");
        assert_eq!(authorization.recommended_part_size, Authorization::RECOMMENDED_PART_SIZE);
        let minimum = Authorization::ABSOLUTE_MINIMUM_PART_SIZE;
        assert_eq!(authorization.absolute_minimum_part_size, minimum);
    }

    #[test]
    fn survives_being_stored() {
        let authorization = Authorization::new("a".into(), "t".into(), "http://x", "http://y");
        let text = serde_json::to_string(&authorization).unwrap();
        assert_eq!(serde_json::from_str::<Authorization>(&text).unwrap(), authorization);
        assert!(!format!("{authorization:?}").contains("\"t\""));
    }
}
