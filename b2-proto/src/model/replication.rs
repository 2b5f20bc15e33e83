//! Replication between buckets.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::open::open_enum;
use super::{ApplicationKeyId, BucketId};
use crate::encoding::{null_as_default, shown};
use crate::error::{Error, ErrorKind};

/// The state of the replication of a file version. B2 writes it in upper or lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "UPPERCASE")]
#[non_exhaustive]
pub enum ReplicationStatus {
    /// The version is not replicated yet.
    #[strum(to_string = "PENDING", serialize = "pending")]
    Pending,
    /// The version is replicated.
    #[strum(to_string = "COMPLETED", serialize = "completed")]
    Completed,
    /// The replication failed.
    #[strum(to_string = "FAILED", serialize = "failed")]
    Failed,
    /// The version is itself a replica.
    #[strum(to_string = "REPLICA", serialize = "replica")]
    Replica,
    /// A state that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(ReplicationStatus);

/// A replication rule: which files of a bucket B2 replicates to which bucket.
///
/// Deserializing does not check the limits, so that B2 can extend them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationRule {
    /// The destination bucket.
    pub destination_bucket_id: BucketId,
    /// The prefix of the file names to which the rule applies. Empty for all files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub file_name_prefix: String,
    /// Whether files that are older than the rule are replicated.
    #[serde(default, deserialize_with = "null_as_default")]
    pub include_existing_files: bool,
    /// Whether the rule is enabled.
    #[serde(default = "enabled")]
    pub is_enabled: bool,
    /// The priority, from 1 to 2,147,483,647. Of several rules for a file, the one with the highest priority applies.
    #[serde(default = "default_priority")]
    pub priority: u32,
    /// The name, unique in the bucket: 1 to 64 ASCII letters, digits, `-` and `_`.
    pub replication_rule_name: String,
}

const fn enabled() -> bool {
    true
}

/// Returns the priority of a rule that has none.
const fn default_priority() -> u32 {
    ReplicationRule::DEFAULT_PRIORITY
}

impl ReplicationRule {
    /// The priority of a rule without one.
    pub const DEFAULT_PRIORITY: u32 = 128;

    /// The lowest priority.
    pub const MIN_PRIORITY: u32 = 1;

    /// The highest priority.
    pub const MAX_PRIORITY: u32 = i32::MAX.unsigned_abs();

    /// Creates an enabled rule for all new files, with priority 128.
    #[must_use]
    pub fn new(name: impl Into<String>, destination_bucket_id: BucketId) -> Self {
        Self {
            destination_bucket_id,
            file_name_prefix: String::new(),
            include_existing_files: false,
            is_enabled: true,
            priority: Self::DEFAULT_PRIORITY,
            replication_rule_name: name.into(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let name = self.replication_rule_name.as_str();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let problem = if self.destination_bucket_id.as_str().is_empty() {
            "has no destination bucket"
        } else if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            "needs a name of 1 to 64 ASCII letters, digits, '-' and '_'"
        } else if !(Self::MIN_PRIORITY..=Self::MAX_PRIORITY).contains(&self.priority) {
            "needs a priority of 1 to 2147483647"
        } else {
            return Ok(());
        };
        Err(invalid(format!("the replication rule '{}' {problem}", shown(name))))
    }
}

/// The replication settings of a bucket, which can be a source, a destination, both or neither.
///
/// In JSON both halves are always present, and an absent one is null. Two nulls end the replication.
///
/// ```
/// use b2_proto::model::{ReplicationConfiguration, ReplicationRule};
///
/// let rule = ReplicationRule::new("backup", "4a48fe8875c6214145260818".into());
/// let configuration = ReplicationConfiguration::source("0014aec2".into(), vec![rule]);
/// configuration.check()?;
/// assert!(configuration.is_source() && !configuration.is_destination());
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplicationConfiguration {
    /// The source half.
    pub as_replication_source: Option<ReplicationSource>,
    /// The destination half.
    pub as_replication_destination: Option<ReplicationDestination>,
}

/// The settings of a bucket whose files are replicated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationSource {
    /// The rules.
    #[serde(default, deserialize_with = "null_as_default")]
    pub replication_rules: Vec<ReplicationRule>,
    /// The key with which B2 reads the files.
    pub source_application_key_id: ApplicationKeyId,
}

/// The settings of a bucket that receives replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationDestination {
    /// The keys with which B2 writes the replicas, by the keys with which it reads the files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub source_to_destination_key_mapping: BTreeMap<ApplicationKeyId, ApplicationKeyId>,
}

impl ReplicationConfiguration {
    /// Creates the configuration of a source bucket. B2 reads the files with `key`.
    #[must_use]
    pub fn source(key: ApplicationKeyId, rules: Vec<ReplicationRule>) -> Self {
        Self::default().with_source(ReplicationSource {
            replication_rules: rules,
            source_application_key_id: key,
        })
    }

    /// Sets the source half.
    #[must_use]
    pub fn with_source(mut self, source: ReplicationSource) -> Self {
        self.as_replication_source = Some(source);
        self
    }

    /// Sets the destination half.
    #[must_use]
    pub fn with_destination(mut self, destination: ReplicationDestination) -> Self {
        self.as_replication_destination = Some(destination);
        self
    }

    /// Returns whether files of the bucket are replicated.
    #[must_use]
    pub const fn is_source(&self) -> bool {
        self.as_replication_source.is_some()
    }

    /// Returns whether the bucket receives replicas.
    #[must_use]
    pub fn is_destination(&self) -> bool {
        let keys =
            |half: &ReplicationDestination| !half.source_to_destination_key_mapping.is_empty();
        self.as_replication_destination.as_ref().is_some_and(keys)
    }

    /// Checks all rules and keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], naming the rule.
    pub fn check(&self) -> Result<(), Error> {
        if let Some(source) = &self.as_replication_source {
            if source.source_application_key_id.as_str().is_empty() {
                return Err(invalid("a replication source needs a key to read with"));
            }
            source.replication_rules.iter().try_for_each(ReplicationRule::check)?;
        }
        let mapping = self.as_replication_destination.iter();
        let mut keys = mapping.flat_map(|half| half.source_to_destination_key_mapping.iter());
        if keys.any(|(from, to)| from.as_str().is_empty() || to.as_str().is_empty()) {
            return Err(invalid("a replication destination maps an empty key id"));
        }
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn either_case_of_a_status() {
        for (text, status) in [
            ("completed", ReplicationStatus::Completed),
            ("PENDING", ReplicationStatus::Pending),
            ("lost", ReplicationStatus::Other("lost".to_owned())),
        ] {
            assert_eq!(serde_json::from_value::<ReplicationStatus>(json!(text)).unwrap(), status);
        }
    }

    #[test]
    fn absent_fields_have_their_defaults() {
        let json = json!({"destinationBucketId": "b", "replicationRuleName": "all", "fileNamePrefix": null});
        let rule: ReplicationRule = serde_json::from_value(json).unwrap();
        assert_eq!(rule, ReplicationRule::new("all", "b".into()));
    }

    #[test]
    fn both_halves_are_always_sent() {
        let none = ReplicationConfiguration::default();
        assert_eq!(
            serde_json::to_value(&none).unwrap(),
            json!({"asReplicationSource": null, "asReplicationDestination": null})
        );
        let source = ReplicationConfiguration::source(
            "k".into(),
            vec![ReplicationRule::new("all", "b".into())],
        );
        source.check().unwrap();
        assert_eq!(
            serde_json::to_value(&source).unwrap()["asReplicationSource"],
            json!({"sourceApplicationKeyId": "k", "replicationRules": [{
                "destinationBucketId": "b", "fileNamePrefix": "", "includeExistingFiles": false,
                "isEnabled": true, "priority": 128, "replicationRuleName": "all",
            }]})
        );
    }

    #[test]
    fn checks_rules_before_sending_and_not_when_reading() {
        let rule = |name: &str, bucket: &str, priority| ReplicationRule {
            priority,
            ..ReplicationRule::new(name, bucket.into())
        };
        for rule in [
            rule("a b", "b", 1),
            rule("a\n", "b", 1),
            rule(&"n".repeat(65), "b", 1),
            rule("a", "", 1),
            rule("a", "b", 0),
        ] {
            let configuration = ReplicationConfiguration::source("k".into(), vec![rule]);
            assert_eq!(configuration.check().unwrap_err().kind(), ErrorKind::InvalidInput);
            let text = serde_json::to_string(&configuration).unwrap();
            assert_eq!(
                serde_json::from_str::<ReplicationConfiguration>(&text).unwrap(),
                configuration
            );
        }
        let mut destination = ReplicationDestination::default();
        destination.source_to_destination_key_mapping.insert("k".into(), "".into());
        ReplicationConfiguration::default().with_destination(destination).check().unwrap_err();
        ReplicationConfiguration::source("".into(), Vec::new()).check().unwrap_err();
    }
}
