//! Event notification rules.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::open::open_enum;
use crate::encoding::{null_as_default, shown};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

const MAX_RULES: usize = 25;

/// The type of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[non_exhaustive]
pub enum EventType {
    /// A file was created in any way.
    #[strum(serialize = "b2:ObjectCreated:*")]
    ObjectCreatedAny,
    /// A file was uploaded in one request.
    #[strum(serialize = "b2:ObjectCreated:Upload")]
    ObjectCreatedUpload,
    /// A large file was finished.
    #[strum(serialize = "b2:ObjectCreated:MultipartUpload")]
    ObjectCreatedMultipartUpload,
    /// A file was copied.
    #[strum(serialize = "b2:ObjectCreated:Copy")]
    ObjectCreatedCopy,
    /// A file was replicated in one request.
    #[strum(serialize = "b2:ObjectCreated:Replica")]
    ObjectCreatedReplica,
    /// A large file was replicated.
    #[strum(serialize = "b2:ObjectCreated:MultipartReplica")]
    ObjectCreatedMultipartReplica,
    /// A file was deleted in any way.
    #[strum(serialize = "b2:ObjectDeleted:*")]
    ObjectDeletedAny,
    /// A file was deleted by a call.
    #[strum(serialize = "b2:ObjectDeleted:Delete")]
    ObjectDeletedDelete,
    /// A file was deleted by a lifecycle rule.
    #[strum(serialize = "b2:ObjectDeleted:LifecycleRule")]
    ObjectDeletedLifecycleRule,
    /// A file was hidden in any way.
    #[strum(serialize = "b2:HideMarkerCreated:*")]
    HideMarkerCreatedAny,
    /// A file was hidden by a call.
    #[strum(serialize = "b2:HideMarkerCreated:Hide")]
    HideMarkerCreatedHide,
    /// A file was hidden by a lifecycle rule.
    #[strum(serialize = "b2:HideMarkerCreated:LifecycleRule")]
    HideMarkerCreatedLifecycleRule,
    /// A type that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(EventType);

/// An event notification rule of a bucket (`b2_get_bucket_notification_rules`, `b2_set_bucket_notification_rules`).
///
/// Serializing produces the form of requests, without the read-only fields.
///
/// ```
/// use b2_proto::model::{EventType, NotificationRule};
///
/// let mut rule = NotificationRule::new("uploads", [EventType::ObjectCreatedAny], "https://example.com/hook");
/// rule.object_name_prefix = "incoming/".to_owned();
/// NotificationRule::check_all(&[rule])?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotificationRule {
    /// The name, unique in the bucket.
    pub name: String,
    /// The types of events, at least one, none of which includes another.
    #[serde(default, deserialize_with = "null_as_default")]
    pub event_types: Vec<EventType>,
    /// Whether the rule is enabled.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_enabled: bool,
    /// The prefix of the file names to which the rule applies. Empty for all files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object_name_prefix: String,
    /// The maximum number of events per message, from 1 to 50. `None` means 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_events_per_batch: Option<u32>,
    /// The receiver of the messages.
    pub target_configuration: NotificationTarget,
    /// Whether B2 has suspended this rule. Read-only.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing)]
    pub is_suspended: bool,
    /// The reason for the suspension, or an empty text. Read-only.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing)]
    pub suspension_reason: String,
}

/// The receiver of the messages of a [`NotificationRule`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotificationTarget {
    /// The type, which is `webhook`.
    pub target_type: String,
    /// The `https` URL.
    #[serde(default, deserialize_with = "null_as_default")]
    pub url: String,
    /// Headers that B2 adds to its messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_headers: Option<Vec<CustomHeader>>,
    /// The secret that signs the messages: 32 ASCII letters and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hmac_sha256_signing_secret: Option<Secret>,
}

/// A header that B2 adds to its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomHeader {
    /// The name.
    pub name: String,
    /// The value, which may be a credential.
    pub value: Secret,
}

impl NotificationRule {
    /// Creates an enabled rule for all files.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        event_types: impl IntoIterator<Item = EventType>,
        url: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            event_types: event_types.into_iter().collect(),
            is_enabled: true,
            object_name_prefix: String::new(),
            max_events_per_batch: None,
            target_configuration: NotificationTarget {
                target_type: "webhook".to_owned(),
                url: url.into(),
                custom_headers: None,
                hmac_sha256_signing_secret: None,
            },
            is_suspended: false,
            suspension_reason: String::new(),
        }
    }

    /// Checks the rules of a bucket: at most 25, each with a unique name, events and a target.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::EventTypesEmpty`] or [`ErrorKind::InvalidInput`], naming the rule.
    pub fn check_all(rules: &[Self]) -> Result<(), Error> {
        if rules.len() > MAX_RULES {
            let message =
                format!("a bucket has at most {MAX_RULES} notification rules, not {}", rules.len());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        for (at, rule) in rules.iter().enumerate() {
            let target = &rule.target_configuration;
            let good_secret = |secret: &Secret| {
                secret.expose().len() == 32
                    && secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            let (kind, problem) = if rule.name.is_empty() {
                (ErrorKind::InvalidInput, "needs a name")
            } else if rules[..at].iter().any(|other| other.name == rule.name) {
                (ErrorKind::InvalidInput, "has the name of another one")
            } else if rule.event_types.is_empty() {
                (ErrorKind::EventTypesEmpty, "has no event types")
            } else if rule.max_events_per_batch.is_some_and(|most| !(1..=50).contains(&most)) {
                (ErrorKind::InvalidInput, "needs 1 to 50 events per batch")
            } else if target.target_type == "webhook" && !target.url.starts_with("https://") {
                (ErrorKind::InvalidInput, "needs an https URL")
            } else if !target.hmac_sha256_signing_secret.as_ref().is_none_or(good_secret) {
                (ErrorKind::InvalidInput, "needs a signing secret of 32 ASCII letters and digits")
            } else {
                continue;
            };
            let message = format!("the notification rule '{}' {problem}", shown(&rule.name));
            return Err(Error::new(kind, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(name: &str) -> NotificationRule {
        NotificationRule::new(name, [EventType::ObjectCreatedAny], "https://example.com/hook")
    }

    #[test]
    fn read_only_fields_are_not_sent() {
        let answer = json!({
            "name": "r", "eventTypes": ["b2:ObjectCreated:*", "b2:New:*"], "isEnabled": true,
            "objectNamePrefix": "", "isSuspended": true, "suspensionReason": "too slow",
            "targetConfiguration": {
                "targetType": "webhook", "url": "https://x", "customHeaders": null,
                "hmacSha256SigningSecret": "s".repeat(32),
            },
        });
        let rule: NotificationRule = serde_json::from_value(answer).unwrap();
        assert!(rule.is_suspended);
        assert!(!format!("{rule:?}").contains("ssss"));
        let sent = serde_json::to_value(&rule).unwrap();
        assert_eq!(sent.get("isSuspended"), None);
        assert_eq!(sent["eventTypes"][1], "b2:New:*");
        assert_eq!(sent["targetConfiguration"]["hmacSha256SigningSecret"], "s".repeat(32));
    }

    #[test]
    fn checks_rules() {
        NotificationRule::check_all(&[rule("a"), rule("b")]).unwrap();
        let changed = |change: fn(&mut NotificationRule)| {
            let mut rule = rule("a");
            change(&mut rule);
            vec![rule]
        };
        for rules in [
            changed(|rule| rule.name.clear()),
            changed(|rule| rule.event_types.clear()),
            changed(|rule| rule.max_events_per_batch = Some(51)),
            changed(|rule| rule.target_configuration.url = "http://x".to_owned()),
            changed(|rule| {
                rule.target_configuration.hmac_sha256_signing_secret = Some("short".into());
            }),
            vec![rule("a"), rule("a")],
            (0..26).map(|n| rule(&n.to_string())).collect(),
        ] {
            NotificationRule::check_all(&rules).unwrap_err();
        }
    }
}
