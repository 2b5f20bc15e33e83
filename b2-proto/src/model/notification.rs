//! Event notifications: what B2 tells a web server about a bucket.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::open::{exact, open_enum};
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::json::{object, read_object, write_object};
use crate::secret::Secret;

const MAX_RULES: usize = 25;

open_enum! {
    /// What happened to a file.
    EventType, exact {
        /// It was made, in any way.
        ObjectCreatedAny = "b2:ObjectCreated:*",
        /// It was uploaded in one piece.
        ObjectCreatedUpload = "b2:ObjectCreated:Upload",
        /// It was uploaded in parts.
        ObjectCreatedMultipartUpload = "b2:ObjectCreated:MultipartUpload",
        /// It was copied.
        ObjectCreatedCopy = "b2:ObjectCreated:Copy",
        /// It was replicated in one piece.
        ObjectCreatedReplica = "b2:ObjectCreated:Replica",
        /// It was replicated in parts.
        ObjectCreatedMultipartReplica = "b2:ObjectCreated:MultipartReplica",
        /// It was deleted, in any way.
        ObjectDeletedAny = "b2:ObjectDeleted:*",
        /// Somebody deleted it.
        ObjectDeletedDelete = "b2:ObjectDeleted:Delete",
        /// A lifecycle rule deleted it.
        ObjectDeletedLifecycleRule = "b2:ObjectDeleted:LifecycleRule",
        /// It was hidden, in any way.
        HideMarkerCreatedAny = "b2:HideMarkerCreated:*",
        /// Somebody hid it.
        HideMarkerCreatedHide = "b2:HideMarkerCreated:Hide",
        /// A lifecycle rule hid it.
        HideMarkerCreatedLifecycleRule = "b2:HideMarkerCreated:LifecycleRule",
    }
}

/// Which events of a bucket B2 tells, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotificationRule {
    /// Its name; unique in the bucket.
    pub name: String,
    /// Which events: at least one, and none that another of them includes.
    pub event_types: Vec<EventType>,
    /// Whether it is in force.
    pub is_enabled: bool,
    /// Only of files whose name starts so; of all if it is empty.
    pub object_name_prefix: String,
    /// The most events in one message: 1 to 50; B2 takes 1 for `None`.
    pub max_events_per_batch: Option<u32>,
    /// Who is told.
    pub target_configuration: NotificationTarget,
    /// Whether B2 has stopped to tell. It says so; nobody can set it.
    pub is_suspended: bool,
    /// Why B2 has stopped to tell; empty if it has not.
    pub suspension_reason: String,
}

/// Whom B2 tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotificationTarget {
    /// `webhook`, so far.
    pub target_type: String,
    /// An `https` URL.
    pub url: String,
    /// Headers that B2 adds to its messages.
    pub custom_headers: Option<Vec<CustomHeader>>,
    /// Signs the messages: 32 ASCII letters and digits.
    pub hmac_sha256_signing_secret: Option<Secret>,
}

/// A header that B2 adds to its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHeader {
    /// Its name.
    pub name: String,
    /// Its value, which may well be a credential.
    pub value: Secret,
}

read_object! { NotificationRule {
    name: "name",
    event_types: "eventTypes" or default,
    is_enabled: "isEnabled" or default,
    object_name_prefix: "objectNamePrefix" or default,
    max_events_per_batch: "maxEventsPerBatch",
    target_configuration: "targetConfiguration",
    is_suspended: "isSuspended" or default,
    suspension_reason: "suspensionReason" or default,
} }
// Without what only B2 can say.
write_object! { NotificationRule {
    name: "name",
    event_types: "eventTypes",
    is_enabled: "isEnabled",
    object_name_prefix: "objectNamePrefix",
    max_events_per_batch: "maxEventsPerBatch" if some,
    target_configuration: "targetConfiguration",
} }
object! { NotificationTarget {
    target_type: "targetType",
    url: "url" or default,
    custom_headers: "customHeaders" if some,
    hmac_sha256_signing_secret: "hmacSha256SigningSecret" if some,
} }
object! { CustomHeader {
    name: "name",
    value: "value",
} }

impl NotificationRule {
    /// A rule in force, for all files.
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

    /// Checks the rules of a bucket: at most 25, each with a name of its own, events and a target.
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
    fn what_only_b2_can_say_is_not_sent() {
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
