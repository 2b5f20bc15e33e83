//! Lifecycle and CORS rules of a bucket.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::open::open_enum;
use crate::encoding::{null_as_default, shown};
use crate::error::{Error, ErrorKind};

/// The maximum number of lifecycle rules, and of CORS rules, of a bucket.
const MAX_RULES: usize = 100;
const MAX_AGE_SECONDS: u32 = 86_400;

/// A lifecycle rule, by which B2 hides, deletes or cancels files about once a day.
///
/// ```
/// use b2_proto::model::LifecycleRule;
///
/// let mut rule = LifecycleRule::new("logs/");
/// rule.days_from_uploading_to_hiding = Some(30);
/// rule.days_from_hiding_to_deleting = Some(1);
/// LifecycleRule::check_all(&[rule])?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LifecycleRule {
    /// The prefix of the file names to which the rule applies. Empty for all files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub file_name_prefix: String,
    /// The days after which a hidden or replaced version is deleted.
    pub days_from_hiding_to_deleting: Option<u32>,
    /// The days after which an uploaded file is hidden.
    pub days_from_uploading_to_hiding: Option<u32>,
    /// The days after which an unfinished large file is cancelled.
    pub days_from_starting_to_canceling_unfinished_large_files: Option<u32>,
}

impl LifecycleRule {
    /// Creates a rule without an action.
    #[must_use]
    pub fn new(file_name_prefix: impl Into<String>) -> Self {
        Self { file_name_prefix: file_name_prefix.into(), ..Self::default() }
    }

    /// Checks the rules of a bucket: at most 100, each with an action after at least one day, and no two that apply to
    /// the same file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], naming the rule.
    pub fn check_all(rules: &[Self]) -> Result<(), Error> {
        check_count(rules.len(), "lifecycle")?;
        for (at, rule) in rules.iter().enumerate() {
            let prefix = rule.file_name_prefix.as_str();
            let this = shown(prefix);
            let days = [
                rule.days_from_hiding_to_deleting,
                rule.days_from_uploading_to_hiding,
                rule.days_from_starting_to_canceling_unfinished_large_files,
            ];
            if days.iter().all(Option::is_none) {
                return Err(invalid(format!(
                    "the lifecycle rule for '{this}' does nothing; give a number of days"
                )));
            }
            if days.contains(&Some(0)) {
                return Err(invalid(format!(
                    "the lifecycle rule for '{this}' has 0 days; the least is 1"
                )));
            }
            for other in &rules[at + 1..] {
                let other = other.file_name_prefix.as_str();
                if prefix.starts_with(other) || other.starts_with(prefix) {
                    let other = shown(other);
                    return Err(invalid(format!(
                        "the lifecycle rules for '{this}' and '{other}' are for the same files"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// An operation that a CORS rule allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum CorsOperation {
    /// Downloading by name.
    #[strum(serialize = "b2_download_file_by_name")]
    DownloadFileByName,
    /// Downloading by id.
    #[strum(serialize = "b2_download_file_by_id")]
    DownloadFileById,
    /// Uploading files.
    #[strum(serialize = "b2_upload_file")]
    UploadFile,
    /// Uploading parts of large files.
    #[strum(serialize = "b2_upload_part")]
    UploadPart,
    /// Deleting through the S3-compatible API.
    S3Delete,
    /// Downloading through the S3-compatible API.
    S3Get,
    /// Reading metadata through the S3-compatible API.
    S3Head,
    /// Posting through the S3-compatible API.
    S3Post,
    /// Uploading through the S3-compatible API.
    S3Put,
    /// An operation that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(CorsOperation);

/// A CORS rule, which allows web pages of other origins to access a bucket.
///
/// ```
/// use b2_proto::model::{CorsOperation, CorsRule};
///
/// let mut rule = CorsRule::new("uploads", ["https://www.example.com"], [CorsOperation::UploadFile]);
/// rule.allowed_headers = Some(vec!["*".to_owned()]);
/// CorsRule::check_all(&[rule])?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CorsRule {
    /// The name, unique in the bucket: 6 to 50 ASCII letters, digits and `-`, not starting with `b2-`.
    pub cors_rule_name: String,
    /// The allowed origins, such as `https://www.example.com`, `https://*.example.com`, `https` or `*`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub allowed_origins: Vec<String>,
    /// The allowed operations.
    #[serde(default, deserialize_with = "null_as_default")]
    pub allowed_operations: Vec<CorsOperation>,
    /// The allowed request headers: full names, prefixes that end in `*`, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_headers: Option<Vec<String>>,
    /// The full names of the response headers that pages may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// The time in seconds for which browsers may cache the rule, from 0 to 86,400.
    #[serde(default, deserialize_with = "null_as_default")]
    pub max_age_seconds: u32,
}

impl CorsRule {
    /// Creates a rule that browsers may cache for an hour.
    #[must_use]
    pub fn new<O: Into<String>>(
        name: impl Into<String>,
        origins: impl IntoIterator<Item = O>,
        operations: impl IntoIterator<Item = CorsOperation>,
    ) -> Self {
        Self {
            cors_rule_name: name.into(),
            allowed_origins: origins.into_iter().map(Into::into).collect(),
            allowed_operations: operations.into_iter().collect(),
            allowed_headers: None,
            expose_headers: None,
            max_age_seconds: 3_600,
        }
    }

    /// Checks the rules of a bucket: at most 100, each with a unique name, origins and operations.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], naming the rule.
    pub fn check_all(rules: &[Self]) -> Result<(), Error> {
        check_count(rules.len(), "CORS")?;
        for (at, rule) in rules.iter().enumerate() {
            let name = rule.cors_rule_name.as_str();
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let problem = if !(6..=50).contains(&name.len()) || !name.bytes().all(allowed) {
                "needs a name of 6 to 50 ASCII letters, digits and '-'"
            } else if starts_with_b2(name) {
                "has a name that starts with 'b2-', which is reserved"
            } else if rule.allowed_origins.is_empty() {
                "allows no origin"
            } else if rule.allowed_operations.is_empty() {
                "allows no operation"
            } else if rule.max_age_seconds > MAX_AGE_SECONDS {
                "may be remembered for more than 86400 seconds"
            } else if rules[..at].iter().any(|other| other.cors_rule_name == name) {
                "has the name of another one"
            } else {
                continue;
            };
            return Err(invalid(format!("the CORS rule '{}' {problem}", shown(name))));
        }
        Ok(())
    }
}

/// Returns whether a name starts with `b2-` in upper or lower case.
fn starts_with_b2(name: &str) -> bool {
    name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("b2-"))
}

fn check_count(count: usize, which: &str) -> Result<(), Error> {
    if count > MAX_RULES {
        return Err(invalid(format!(
            "a bucket has at most {MAX_RULES} {which} rules, not {count}"
        )));
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(prefix: &str, days: u32) -> LifecycleRule {
        LifecycleRule { days_from_uploading_to_hiding: Some(days), ..LifecycleRule::new(prefix) }
    }

    #[test]
    fn lifecycle_rules() {
        LifecycleRule::check_all(&[hide("a/", 1), hide("b/", 7)]).unwrap();
        for (rules, reason) in [
            (vec![LifecycleRule::new("a")], "does nothing"),
            (vec![hide("a", 0)], "0 days"),
            (vec![hide("logs/2024", 1), hide("x", 1), hide("logs/", 1)], "same files"),
            ((0..101).map(|n| hide(&format!("{n:03}/"), 1)).collect(), "at most 100"),
        ] {
            let error = LifecycleRule::check_all(&rules).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn cors_rules() {
        let rule = |name: &str| CorsRule::new(name, ["*"], [CorsOperation::UploadFile]);
        CorsRule::check_all(&[rule("first-rule"), rule("second-rule")]).unwrap();
        let mut no_origin = rule("first-rule");
        no_origin.allowed_origins.clear();
        let mut no_operation = rule("first-rule");
        no_operation.allowed_operations.clear();
        let mut old = rule("first-rule");
        old.max_age_seconds = 86_401;
        for (rules, reason) in [
            (vec![rule("short")], "6 to 50"),
            (vec![rule("a rule")], "6 to 50"),
            (vec![rule("B2-rule")], "reserved"),
            (vec![rule("first-rule"), rule("first-rule")], "another"),
            (vec![no_origin], "no origin"),
            (vec![no_operation], "no operation"),
            (vec![old], "86400"),
        ] {
            let error = CorsRule::check_all(&rules).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
