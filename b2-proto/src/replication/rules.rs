//! The rule that a set-up adds to the source bucket.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::model::{BucketId, ReplicationRule};

/// How far the priority of a new rule is above the highest priority of the rules before it.
pub const PRIORITY_OFFSET: u32 = 5;

/// The number of characters of the name of a rule.
const MAX_NAME: usize = 64;

/// The description of a new replication rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRule {
    /// The name: 1 to 64 ASCII letters, digits, `-` and `_`. Default: the name of the destination bucket, with a number
    /// if another rule has that name.
    pub name: Option<String>,
    /// The priority, from 1 to 2,147,483,647. Default: [`PRIORITY_OFFSET`] above the highest of the other rules, or 128.
    pub priority: Option<u32>,
    /// The prefix of the names of the files to replicate. Empty for all files.
    pub file_name_prefix: String,
    /// Whether to replicate the files that exist already, too.
    pub include_existing_files: bool,
}

impl NewRule {
    /// Returns the rule of this description: one of `rules` if it is there already, or else a new one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if a name or priority is invalid, or another rule has the name.
    pub(super) fn resolve(
        &self,
        rules: &[ReplicationRule],
        destination: &BucketId,
        destination_name: &str,
    ) -> Result<ReplicationRule, Error> {
        if let Some(rule) = rules.iter().find(|rule| self.describes(rule, destination)) {
            return Ok(rule.clone());
        }
        let name = match &self.name {
            Some(name) => {
                if rules.iter().any(|rule| rule.replication_rule_name == *name) {
                    let message = format!(
                        "the bucket has a replication rule '{}' already, which differs; give another name, or delete \
                         that rule first",
                        shown(name)
                    );
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                name.clone()
            }
            None => free_name(rules, destination_name),
        };
        let mut rule = ReplicationRule::new(name, destination.clone());
        let highest = rules.iter().map(|rule| rule.priority).max();
        let next = highest.map(|highest| {
            highest.saturating_add(PRIORITY_OFFSET).min(ReplicationRule::MAX_PRIORITY)
        });
        rule.priority = self.priority.or(next).unwrap_or(ReplicationRule::DEFAULT_PRIORITY);
        rule.file_name_prefix.clone_from(&self.file_name_prefix);
        rule.include_existing_files = self.include_existing_files;
        rule.check()?;
        Ok(rule)
    }

    /// Returns whether the rule is what a set-up with this description would have added. It may be paused.
    fn describes(&self, rule: &ReplicationRule, destination: &BucketId) -> bool {
        rule.destination_bucket_id == *destination
            && rule.file_name_prefix == self.file_name_prefix
            && rule.include_existing_files == self.include_existing_files
            && self.name.as_ref().is_none_or(|name| *name == rule.replication_rule_name)
            && self.priority.is_none_or(|priority| priority == rule.priority)
    }
}

/// Returns the name of the destination bucket, with a number if a rule has that name. Characters of bucket names that
/// names of rules may not have become `-`.
fn free_name(rules: &[ReplicationRule], bucket_name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let base: Vec<char> = bucket_name.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let taken = |name: &str| rules.iter().any(|rule| rule.replication_rule_name == name);
    let candidate = |number: usize| {
        let suffix = if number == 1 { String::new() } else { format!("{number}") };
        let start = base.iter().take(MAX_NAME - suffix.len()).collect::<String>();
        start + &suffix
    };
    // One of them is free: there is one more than there are rules.
    (1..=rules.len() + 1)
        .map(candidate)
        .find(|name| !taken(name))
        .unwrap_or_else(|| bucket_name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, priority: u32) -> ReplicationRule {
        ReplicationRule { priority, ..ReplicationRule::new(name, "elsewhere".into()) }
    }

    fn resolve(new: &NewRule, rules: &[ReplicationRule]) -> Result<ReplicationRule, Error> {
        new.resolve(rules, &"b2".into(), "bucket2")
    }

    #[test]
    fn a_first_rule_has_the_defaults() {
        let rule = resolve(&NewRule::default(), &[]).unwrap();
        assert_eq!(rule, ReplicationRule::new("bucket2", "b2".into()));
    }

    #[test]
    fn names_and_priorities_follow_the_other_rules() {
        let rules = [rule("bucket2", 128), rule("bucket22", 7)];
        let new = resolve(&NewRule::default(), &rules).unwrap();
        assert_eq!((new.replication_rule_name.as_str(), new.priority), ("bucket23", 133));
        let highest = [rule("a", ReplicationRule::MAX_PRIORITY)];
        let new = resolve(&NewRule::default(), &highest).unwrap();
        assert_eq!(new.priority, ReplicationRule::MAX_PRIORITY);
    }

    #[test]
    fn names_of_buckets_become_names_of_rules() {
        let named = |rules: &[ReplicationRule], bucket: &str| {
            NewRule::default().resolve(rules, &"b2".into(), bucket).unwrap().replication_rule_name
        };
        assert_eq!(named(&[], "my.bucket"), "my-bucket");
        assert_eq!(named(&[rule("my-bucket", 1)], "my.bucket"), "my-bucket2");
        let long = "b".repeat(70);
        assert_eq!(named(&[], &long), "b".repeat(64));
        let taken = [rule(&"b".repeat(64), 1)];
        assert_eq!(named(&taken, &long), format!("{}2", "b".repeat(63)));
    }

    #[test]
    fn the_same_description_is_the_same_rule() {
        let new = NewRule {
            file_name_prefix: "a/".to_owned(),
            include_existing_files: true,
            ..NewRule::default()
        };
        let mut first = resolve(&new, &[]).unwrap();
        assert_eq!(resolve(&new, core::slice::from_ref(&first)).unwrap(), first);
        // A paused rule stays paused.
        first.is_enabled = false;
        assert_eq!(resolve(&new, core::slice::from_ref(&first)).unwrap(), first);
        let named = NewRule { name: Some("bucket2".to_owned()), ..new.clone() };
        assert_eq!(resolve(&named, core::slice::from_ref(&first)).unwrap(), first);
        for other in [
            NewRule { file_name_prefix: "a".to_owned(), ..new.clone() },
            NewRule { include_existing_files: false, ..new.clone() },
            NewRule { priority: Some(1), ..new.clone() },
            NewRule { name: Some("other".to_owned()), ..new },
        ] {
            assert_ne!(resolve(&other, core::slice::from_ref(&first)).unwrap(), first);
        }
    }

    #[test]
    fn what_no_rule_can_be_is_refused() {
        let taken = NewRule { name: Some("a".to_owned()), ..NewRule::default() };
        let error = resolve(&taken, &[rule("a", 1)]).unwrap_err();
        assert!(error.message().contains("which differs"), "{error}");
        for new in [
            NewRule { name: Some("a b".to_owned()), ..NewRule::default() },
            NewRule { name: Some(String::new()), ..NewRule::default() },
            NewRule { priority: Some(0), ..NewRule::default() },
            NewRule { priority: Some(1 << 31), ..NewRule::default() },
        ] {
            assert_eq!(resolve(&new, &[]).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
