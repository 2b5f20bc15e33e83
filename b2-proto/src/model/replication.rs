//! Replication: copies that B2 makes by itself.

use alloc::string::String;
use alloc::vec::Vec;

use super::open::{any_case, open_enum};
use super::{ApplicationKeyId, BucketId, TextMap};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::json::object;

open_enum! {
    /// How far the replication of a file version has come. B2 writes it in either case.
    ReplicationStatus, any_case {
        /// It will be replicated.
        Pending = "PENDING",
        /// It has been replicated.
        Completed = "COMPLETED",
        /// It could not be replicated.
        Failed = "FAILED",
        /// It is a replica itself.
        Replica = "REPLICA",
    }
}

/// Which files of a bucket are replicated, and to where.
///
/// Reading checks nothing: a rule beyond the limits that this version knows does not hide a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicationRule {
    /// Where the copies go.
    pub destination_bucket_id: BucketId,
    /// Only files whose name starts so; all if it is empty.
    pub file_name_prefix: String,
    /// Whether files that were there before the rule are copied too.
    pub include_existing_files: bool,
    /// Whether the rule is in force.
    pub is_enabled: bool,
    /// Where several rules match a file, the one with the highest priority counts: 1 to 2,147,483,647.
    pub priority: u32,
    /// 1 to 64 ASCII letters, digits, `-` and `_`; unique in the bucket.
    pub replication_rule_name: String,
}

/// What B2 means by a rule without one.
const DEFAULT_PRIORITY: u32 = 128;

object! { ReplicationRule {
    destination_bucket_id: "destinationBucketId",
    file_name_prefix: "fileNamePrefix" or default,
    include_existing_files: "includeExistingFiles" or default,
    is_enabled: "isEnabled" or true,
    priority: "priority" or DEFAULT_PRIORITY,
    replication_rule_name: "replicationRuleName",
} }

impl ReplicationRule {
    /// A rule in force for all new files, with priority 128.
    #[must_use]
    pub fn new(name: impl Into<String>, destination_bucket_id: BucketId) -> Self {
        Self {
            destination_bucket_id,
            file_name_prefix: String::new(),
            include_existing_files: false,
            is_enabled: true,
            priority: DEFAULT_PRIORITY,
            replication_rule_name: name.into(),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let name = self.replication_rule_name.as_str();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let problem = if self.destination_bucket_id.as_str().is_empty() {
            "has no destination bucket"
        } else if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            "needs a name of 1 to 64 ASCII letters, digits, '-' and '_'"
        } else if self.priority == 0 || self.priority > i32::MAX.unsigned_abs() {
            "needs a priority of 1 to 2147483647"
        } else {
            return Ok(());
        };
        Err(invalid(format!("the replication rule '{}' {problem}", shown(name))))
    }
}

/// The replication of a bucket: as a source, as a destination, as both or neither.
///
/// In JSON both halves are always there, and an absent one is null; two nulls end the replication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicationConfiguration {
    /// What goes out.
    pub as_replication_source: Option<ReplicationSource>,
    /// What comes in.
    pub as_replication_destination: Option<ReplicationDestination>,
}

/// A bucket whose files are replicated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationSource {
    /// Which files, and to where.
    pub replication_rules: Vec<ReplicationRule>,
    /// The key that B2 reads them with.
    pub source_application_key_id: ApplicationKeyId,
}

/// A bucket that replicas arrive in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicationDestination {
    /// For each source key, the key that B2 writes the replicas with.
    pub source_to_destination_key_mapping: TextMap<ApplicationKeyId>,
}

object! { ReplicationConfiguration {
    as_replication_source: "asReplicationSource",
    as_replication_destination: "asReplicationDestination",
} }
object! { ReplicationSource {
    replication_rules: "replicationRules" or default,
    source_application_key_id: "sourceApplicationKeyId",
} }
object! { ReplicationDestination {
    source_to_destination_key_mapping: "sourceToDestinationKeyMapping" or default,
} }

impl ReplicationConfiguration {
    /// A source: these rules, read with this key.
    #[must_use]
    pub fn source(key: ApplicationKeyId, rules: Vec<ReplicationRule>) -> Self {
        Self::default().with_source(ReplicationSource {
            replication_rules: rules,
            source_application_key_id: key,
        })
    }

    /// The same, with this half.
    #[must_use]
    pub fn with_source(mut self, source: ReplicationSource) -> Self {
        self.as_replication_source = Some(source);
        self
    }

    /// The same, with this half.
    #[must_use]
    pub fn with_destination(mut self, destination: ReplicationDestination) -> Self {
        self.as_replication_destination = Some(destination);
        self
    }

    /// Whether files of the bucket are replicated.
    #[must_use]
    pub const fn is_source(&self) -> bool {
        self.as_replication_source.is_some()
    }

    /// Whether replicas arrive in the bucket.
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
