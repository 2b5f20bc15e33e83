//! Rules of a bucket: CORS, lifecycle, replication and event notifications.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire::Refusal;

const MAX_RULES: usize = 100;
const OPERATIONS: [&str; 9] = [
    "b2_download_file_by_name",
    "b2_download_file_by_id",
    "b2_upload_file",
    "b2_upload_part",
    "s3_delete",
    "s3_get",
    "s3_head",
    "s3_post",
    "s3_put",
];

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::bad_request(why))
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CorsRule {
    pub(crate) cors_rule_name: String,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) allowed_operations: Vec<String>,
    #[serde(default)]
    pub(crate) allowed_headers: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) expose_headers: Option<Vec<String>>,
    pub(crate) max_age_seconds: u32,
}

impl CorsRule {
    pub(crate) fn check_all(rules: &[Self]) -> Result<(), Refusal> {
        if rules.len() > MAX_RULES {
            return refuse("more than 100 CORS rules");
        }
        let names: BTreeSet<&str> = rules.iter().map(|rule| rule.cors_rule_name.as_str()).collect();
        if names.len() < rules.len() {
            return refuse("CORS rule names must be unique");
        }
        rules.iter().try_for_each(Self::check)
    }

    fn check(&self) -> Result<(), Refusal> {
        let name = &self.cors_rule_name;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !(6..=50).contains(&name.len()) || !plain || name.starts_with("b2-") {
            return refuse(format!("bad corsRuleName: {name}"));
        }
        if self.max_age_seconds > 86_400 {
            return refuse("maxAgeSeconds is 0 to 86400");
        }
        if self.allowed_operations.is_empty() || self.allowed_origins.is_empty() {
            return refuse("allowedOrigins and allowedOperations must not be empty");
        }
        let unknown = |operation: &&String| !OPERATIONS.contains(&operation.as_str());
        if let Some(operation) = self.allowed_operations.iter().find(unknown) {
            return refuse(format!("unknown operation in allowedOperations: {operation}"));
        }
        if self.allowed_origins.iter().any(|origin| origin == "*") && self.allowed_origins.len() > 1
        {
            return refuse("'*' must be the only allowed origin");
        }
        if self.allowed_origins.iter().any(|origin| origin.matches('*').count() > 1) {
            return refuse("an allowed origin may hold one '*'");
        }
        let texts = [&self.allowed_origins, &self.allowed_operations].into_iter();
        let texts = texts.chain(&self.allowed_headers).chain(&self.expose_headers).flatten();
        if texts.map(String::len).sum::<usize>() + name.len() >= 1_000 {
            return refuse("a CORS rule must take less than 1000 bytes");
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LifecycleRule {
    pub(crate) file_name_prefix: String,
    #[serde(default)]
    pub(crate) days_from_hiding_to_deleting: Option<u64>,
    #[serde(default)]
    pub(crate) days_from_uploading_to_hiding: Option<u64>,
    #[serde(default)]
    pub(crate) days_from_starting_to_canceling_unfinished_large_files: Option<u64>,
}

impl LifecycleRule {
    pub(crate) fn check_all(rules: &[Self]) -> Result<(), Refusal> {
        if rules.len() > MAX_RULES {
            return refuse("more than 100 lifecycle rules");
        }
        for (at, rule) in rules.iter().enumerate() {
            let days = [
                rule.days_from_hiding_to_deleting,
                rule.days_from_uploading_to_hiding,
                rule.days_from_starting_to_canceling_unfinished_large_files,
            ];
            if days.contains(&Some(0)) || days == [None; 3] {
                return refuse("a lifecycle rule needs a number of days, and 1 is the least");
            }
            let prefix = rule.file_name_prefix.as_str();
            let overlaps = |other: &Self| {
                let other = other.file_name_prefix.as_str();
                prefix.starts_with(other) || other.starts_with(prefix)
            };
            if rules[..at].iter().any(overlaps) {
                return refuse("two lifecycle rules cover the same file");
            }
        }
        Ok(())
    }
}

/// Returns whether a value is a text that is not empty.
fn is_filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// Checks a replication configuration; `None` if it is empty.
pub(crate) fn check_replication(value: &Value) -> Result<Option<Value>, Refusal> {
    if !value.is_object() {
        return refuse("replicationConfiguration must be an object");
    }
    let side = |name| value.get(name).filter(|side: &&Value| !side.is_null());
    let (source, destination) = (side("asReplicationSource"), side("asReplicationDestination"));
    if let Some(source) = source {
        if !is_filled(&source["sourceApplicationKeyId"]) {
            return refuse("asReplicationSource needs a sourceApplicationKeyId");
        }
        let Some(rules) = source["replicationRules"].as_array() else {
            return refuse("asReplicationSource needs replicationRules");
        };
        let mut names = BTreeSet::new();
        for rule in rules {
            let name = rule["replicationRuleName"].as_str().unwrap_or_default();
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
            if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
                return refuse(format!("bad replicationRuleName: {name}"));
            }
            if !names.insert(name) {
                return refuse(format!("two replication rules have the name {name}"));
            }
            if !matches!(rule["priority"].as_u64(), Some(1..=0x7fff_ffff)) {
                return refuse("priority is 1 to 2147483647");
            }
            let flags = [&rule["isEnabled"], &rule["includeExistingFiles"]];
            if !flags.iter().all(|flag| flag.is_boolean()) {
                return refuse("isEnabled and includeExistingFiles are true or false");
            }
            if !rule["fileNamePrefix"].is_string() {
                return refuse("a replication rule needs a fileNamePrefix");
            }
            if !is_filled(&rule["destinationBucketId"]) {
                return refuse("a replication rule needs a destinationBucketId");
            }
        }
    }
    if let Some(destination) = destination {
        let Some(keys) = destination["sourceToDestinationKeyMapping"].as_object() else {
            return refuse("asReplicationDestination needs a sourceToDestinationKeyMapping");
        };
        if keys.iter().any(|(from, to)| from.is_empty() || !is_filled(to)) {
            return refuse("sourceToDestinationKeyMapping must not contain empty key ids");
        }
    }
    Ok((source.is_some() || destination.is_some())
        .then(|| json!({ "asReplicationSource": source, "asReplicationDestination": destination })))
}

const EVENT_TYPES: [(&str, &[&str]); 4] = [
    (
        "b2:ObjectCreated",
        &["*", "Upload", "MultipartUpload", "Copy", "Replica", "MultipartReplica"],
    ),
    ("b2:ObjectDeleted", &["*", "Delete", "LifecycleRule"]),
    ("b2:HideMarkerCreated", &["*", "Hide", "LifecycleRule"]),
    ("b2:MultipartUploadCreated", &["*", "LiveRead"]),
];

fn check_event_types(types: &[&str]) -> Result<(), Refusal> {
    let refuse = |code, message: String| Err(Refusal::new(400, code, message));
    if types.is_empty() {
        return refuse("event_types_empty", "eventTypes must not be empty".to_owned());
    }
    let mut categories = BTreeSet::new();
    for name in types {
        let (category, event) = name.rsplit_once(':').unwrap_or((name, ""));
        let known = EVENT_TYPES.iter().find(|(known, _)| *known == category);
        if !known.is_some_and(|(_, events)| events.contains(&event)) {
            return refuse("event_type_invalid", format!("Event Type error: {name}"));
        }
        categories.insert(category);
        if event == "*" && types.iter().filter(|other| other.starts_with(category)).count() > 1 {
            return refuse("event_type_overlap", format!("{name} overlaps with another type"));
        }
    }
    if categories.len() > 1 {
        return refuse("event_type_categories", "event types of several categories".to_owned());
    }
    Ok(())
}

/// Checks notification rules, and returns them as they are stored.
pub(crate) fn check_notifications(rules: &[Value]) -> Result<Vec<Value>, Refusal> {
    let mut names = BTreeSet::new();
    let mut stored = Vec::new();
    for rule in rules {
        let (Some(name), Some(types), true, true) = (
            rule["name"].as_str(),
            rule["eventTypes"].as_array(),
            rule["isEnabled"].is_boolean(),
            rule["objectNamePrefix"].is_string(),
        ) else {
            return refuse("a rule needs name, eventTypes, isEnabled and objectNamePrefix");
        };
        if !names.insert(name) {
            return refuse("the names of notification rules must be unique");
        }
        check_event_types(&types.iter().filter_map(Value::as_str).collect::<Vec<_>>())?;
        let target = &rule["targetConfiguration"];
        let url = target["url"].as_str().unwrap_or_default();
        if target["targetType"] != "webhook" || !url.starts_with("https://") {
            return refuse("the target must be a webhook with an https url");
        }
        let secret = target["hmacSha256SigningSecret"].as_str();
        let good =
            |secret: &str| secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        if !secret.is_none_or(good) {
            return refuse("hmacSha256SigningSecret must be 32 letters or digits");
        }
        let batch = rule["maxEventsPerBatch"].as_u64().unwrap_or(1);
        if !(1..=50).contains(&batch) {
            return refuse("maxEventsPerBatch is 1 to 50");
        }
        let mut rule = rule.clone();
        rule["maxEventsPerBatch"] = json!(batch);
        rule["isSuspended"] = json!(false);
        rule["suspensionReason"] = json!("");
        for absent in ["customHeaders", "hmacSha256SigningSecret"] {
            if rule["targetConfiguration"].get(absent).is_none() {
                rule["targetConfiguration"][absent] = Value::Null;
            }
        }
        stored.push(rule);
    }
    stored.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifecycle_rules_must_not_overlap() {
        let rule = |prefix: &str, days| LifecycleRule {
            file_name_prefix: prefix.to_owned(),
            days_from_hiding_to_deleting: days,
            days_from_uploading_to_hiding: None,
            days_from_starting_to_canceling_unfinished_large_files: None,
        };
        LifecycleRule::check_all(&[rule("a/", Some(1)), rule("b/", Some(2))]).unwrap();
        for rules in [
            vec![rule("a/", Some(1)), rule("a/b", Some(1))],
            vec![rule("", Some(1)), rule("x", Some(1))],
            vec![rule("a", None)],
            vec![rule("a", Some(0))],
        ] {
            LifecycleRule::check_all(&rules).unwrap_err();
        }
    }

    #[test]
    fn event_types_by_rule() {
        for (types, code) in [
            (vec![], "event_types_empty"),
            (vec!["b2:Nothing:*"], "event_type_invalid"),
            (vec!["b2:ObjectCreated:*", "b2:ObjectCreated:Copy"], "event_type_overlap"),
            (vec!["b2:ObjectCreated:Copy", "b2:ObjectDeleted:*"], "event_type_categories"),
        ] {
            assert_eq!(check_event_types(&types).unwrap_err().code, code);
        }
        check_event_types(&["b2:ObjectCreated:Copy", "b2:ObjectCreated:Upload"]).unwrap();
    }

    #[test]
    fn an_empty_replication_configures_nothing() {
        let nothing = json!({"asReplicationSource": null, "asReplicationDestination": null});
        assert_eq!(check_replication(&nothing), Ok(None));
        let bad = json!({"asReplicationSource": {"sourceApplicationKeyId": "k",
            "replicationRules": [{"replicationRuleName": "a b", "priority": 1}]}});
        check_replication(&bad).unwrap_err();
    }
}
