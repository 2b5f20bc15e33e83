//! Changes of a replication rule.

mod machine;

pub use machine::{ChangeRule, RuleChanged};

use crate::api::UpdateBucket;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::model::{BucketInfo, ReplicationConfiguration};

/// A change of a replication rule of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// New files are not replicated any more, until the rule is unpaused.
    Pause,
    /// Files are replicated again.
    Unpause,
    /// The rule is deleted. Replicas stay, and so do the keys.
    Delete,
}

impl RuleChange {
    /// Returns the call that changes the rule with this name, or `None` if the rule is like that already.
    ///
    /// The call fails with [`ErrorKind::Conflict`] if the bucket has changed meanwhile, so that no other change is lost.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResourceNotFound`] if the bucket has no such rule, and [`ErrorKind::Unauthorized`] if the key may
    /// not read the replication of the bucket.
    pub fn apply(self, bucket: &BucketInfo, name: &str) -> Result<Option<UpdateBucket>, Error> {
        let mut configuration = readable(bucket)?.clone();
        let source = configuration.as_replication_source.as_mut();
        let rules = source.map(|source| &mut source.replication_rules);
        let mut changed = None;
        if let Some(rules) = rules {
            rules.retain_mut(|rule| {
                if rule.replication_rule_name != name {
                    return true;
                }
                let enabled = self == Self::Unpause;
                let changes = self == Self::Delete || rule.is_enabled != enabled;
                changed = Some(changed.unwrap_or(false) | changes);
                rule.is_enabled = enabled;
                self != Self::Delete
            });
        }
        let changed = changed.ok_or_else(|| {
            let message = format!(
                "the bucket '{}' has no replication rule '{}'",
                bucket.bucket_name,
                shown(name)
            );
            Error::new(ErrorKind::ResourceNotFound, message).with_subject(name)
        })?;
        Ok(changed.then(|| {
            let mut update = UpdateBucket::new(bucket.bucket_id.clone());
            update.if_revision_is = Some(bucket.revision);
            update.replication_configuration = Some(configuration);
            update
        }))
    }
}

/// Returns the replication of a bucket.
///
/// # Errors
///
/// [`ErrorKind::Unauthorized`] if the key may not read it. To replace what is not known would end it.
pub(super) fn readable(bucket: &BucketInfo) -> Result<&ReplicationConfiguration, Error> {
    bucket.replication.value().ok_or_else(|| {
        let message = format!(
            "the application key may not read the replication of the bucket '{}'; use a key with the capability \
             readBucketReplications",
            bucket.bucket_name
        );
        Error::new(ErrorKind::Unauthorized, message).with_subject(&bucket.bucket_name)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{ReplicationDestination, ReplicationRule};

    fn bucket(configuration: &ReplicationConfiguration) -> BucketInfo {
        let json = json!({
            "bucketId": "b", "bucketName": "photos", "bucketType": "allPrivate", "revision": 7,
            "replicationConfiguration": {"isClientAuthorizedToRead": true, "value": configuration},
        });
        serde_json::from_value(json).unwrap()
    }

    fn configuration() -> ReplicationConfiguration {
        let rules = ["a", "b"].map(|name| ReplicationRule::new(name, "other".into())).to_vec();
        let mut destination = ReplicationDestination::default();
        destination.source_to_destination_key_mapping.insert("from".into(), "to".into());
        ReplicationConfiguration::source("key".into(), rules).with_destination(destination)
    }

    #[test]
    fn only_the_named_rule_changes() {
        let before = configuration();
        let pause = RuleChange::Pause.apply(&bucket(&before), "b").unwrap().unwrap();
        assert_eq!((pause.bucket_id.as_str(), pause.if_revision_is), ("b", Some(7)));
        let paused = pause.replication_configuration.unwrap();
        let mut expected = before.clone();
        expected.as_replication_source.as_mut().unwrap().replication_rules[1].is_enabled = false;
        assert_eq!(paused, expected);

        assert_eq!(RuleChange::Pause.apply(&bucket(&paused), "b").unwrap(), None);
        let unpause = RuleChange::Unpause.apply(&bucket(&paused), "b").unwrap().unwrap();
        assert_eq!(unpause.replication_configuration.unwrap(), before);
        assert_eq!(RuleChange::Unpause.apply(&bucket(&before), "b").unwrap(), None);

        let delete = RuleChange::Delete.apply(&bucket(&before), "a").unwrap().unwrap();
        let left = delete.replication_configuration.unwrap();
        assert_eq!(left.as_replication_source.unwrap().replication_rules.len(), 1);
        assert_eq!(left.as_replication_destination, before.as_replication_destination);
    }

    #[test]
    fn the_last_rule_leaves_the_key_of_the_source() {
        let rule = ReplicationRule::new("a", "other".into());
        let before = bucket(&ReplicationConfiguration::source("key".into(), vec![rule]));
        let delete = RuleChange::Delete.apply(&before, "a").unwrap().unwrap();
        let left = delete.replication_configuration.unwrap();
        assert_eq!(left, ReplicationConfiguration::source("key".into(), Vec::new()));
    }

    #[test]
    fn unknown_rules_and_withheld_settings_are_errors() {
        for configuration in [configuration(), ReplicationConfiguration::default()] {
            let error = RuleChange::Delete.apply(&bucket(&configuration), "c").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ResourceNotFound);
            assert!(error.message().contains("'photos'"), "{error}");
        }
        let mut withheld = bucket(&configuration());
        withheld.replication = crate::model::Readable::Unreadable;
        let error = RuleChange::Pause.apply(&withheld, "a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
    }
}
