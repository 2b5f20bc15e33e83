//! Rules of a bucket: lifecycle and CORS.

use alloc::string::String;
use alloc::vec::Vec;

use super::open::{exact, open_enum};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::json::object;

/// The most lifecycle rules, and the most CORS rules, of a bucket.
const MAX_RULES: usize = 100;
const MAX_AGE_SECONDS: u32 = 86_400;

/// When B2 hides, deletes or cancels files by itself. It does so about once a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifecycleRule {
    /// For files whose name starts so; for all if it is empty.
    pub file_name_prefix: String,
    /// Delete a version so many days after it was hidden or replaced.
    pub days_from_hiding_to_deleting: Option<u32>,
    /// Hide a file so many days after its upload.
    pub days_from_uploading_to_hiding: Option<u32>,
    /// Cancel a large file so many days after it was started.
    pub days_from_starting_to_canceling_unfinished_large_files: Option<u32>,
}

object! { LifecycleRule {
    file_name_prefix: "fileNamePrefix" or default,
    days_from_hiding_to_deleting: "daysFromHidingToDeleting",
    days_from_uploading_to_hiding: "daysFromUploadingToHiding",
    days_from_starting_to_canceling_unfinished_large_files: "daysFromStartingToCancelingUnfinishedLargeFiles",
} }

impl LifecycleRule {
    /// A rule for these files that does nothing yet.
    #[must_use]
    pub fn new(file_name_prefix: impl Into<String>) -> Self {
        Self { file_name_prefix: file_name_prefix.into(), ..Self::default() }
    }

    /// Checks the rules of a bucket: at most 100, each with an action and at least one day, and no two for
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

open_enum! {
    /// What a page of another origin may do with a bucket.
    CorsOperation, exact {
        /// Download by name.
        DownloadFileByName = "b2_download_file_by_name",
        /// Download by id.
        DownloadFileById = "b2_download_file_by_id",
        /// Upload files.
        UploadFile = "b2_upload_file",
        /// Upload parts of large files.
        UploadPart = "b2_upload_part",
        /// Delete over the S3-compatible API.
        S3Delete = "s3_delete",
        /// Download over the S3-compatible API.
        S3Get = "s3_get",
        /// Look up over the S3-compatible API.
        S3Head = "s3_head",
        /// Post over the S3-compatible API.
        S3Post = "s3_post",
        /// Upload over the S3-compatible API.
        S3Put = "s3_put",
    }
}

/// What web pages of other origins may do with a bucket.
///
/// ```
/// use b2_proto::model::{CorsOperation, CorsRule};
///
/// let mut rule = CorsRule::new("uploads", ["https://www.example.com"], [CorsOperation::UploadFile]);
/// rule.allowed_headers = Some(vec!["*".to_owned()]);
/// CorsRule::check_all(&[rule])?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorsRule {
    /// 6 to 50 ASCII letters, digits and `-`, not starting with `b2-`; unique in the bucket.
    pub cors_rule_name: String,
    /// Origins such as `https://www.example.com`, `https://*.example.com`, `https` or `*`.
    pub allowed_origins: Vec<String>,
    /// What they may do.
    pub allowed_operations: Vec<CorsOperation>,
    /// Request headers they may send: full names, starts that end in `*`, or `*`.
    pub allowed_headers: Option<Vec<String>>,
    /// Response headers they may read: full names.
    pub expose_headers: Option<Vec<String>>,
    /// For how long a browser may remember the rule: 0 to 86,400 seconds.
    pub max_age_seconds: u32,
}

object! { CorsRule {
    cors_rule_name: "corsRuleName",
    allowed_origins: "allowedOrigins" or default,
    allowed_operations: "allowedOperations" or default,
    allowed_headers: "allowedHeaders" if some,
    expose_headers: "exposeHeaders" if some,
    max_age_seconds: "maxAgeSeconds" or default,
} }

impl CorsRule {
    /// A rule that browsers may remember for an hour.
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

    /// Checks the rules of a bucket: at most 100, each with a name of its own, origins and operations.
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

/// Whether a name starts so, in either case.
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
