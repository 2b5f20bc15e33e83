//! The daily lifecycle rules.

use b2_proto::time::Timestamp;

use super::Service;
use super::files::hide_marker;
use super::limits::day_of;
use super::locks::check_deletable;
use crate::content::Content;
use crate::state::{Bucket, DAY_MILLIS, Kind, LifecycleRule, Version};

/// The largest number of days for which rules are applied one by one when the time is moved.
const MAX_DAYS: u64 = 1_000;

impl Service {
    /// Does what the service does by itself until the time `now`: applies lifecycle rules, once a day at midnight UTC, and
    /// [replicates](crate::Config::replicate) files. Each request does so first.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        let today = day_of(now);
        let last = self.state.lifecycle_day.replace(today).unwrap_or(today);
        if self.state.buckets.values().any(|bucket| !bucket.lifecycle.is_empty()) {
            for day in last.saturating_add(1).max(today.saturating_sub(MAX_DAYS))..=today {
                self.run_lifecycle(Timestamp::from_millis(day.saturating_mul(DAY_MILLIS)));
            }
        }
        self.replicate_noted(now);
    }

    /// Applies the lifecycle rules of all buckets at the time `now`.
    pub fn run_lifecycle(&mut self, now: Timestamp) {
        let ids: Vec<String> = self.state.buckets.keys().cloned().collect();
        for bucket_id in ids {
            let Some(bucket) = self.state.buckets.get(&bucket_id) else {
                continue;
            };
            let rules = bucket.lifecycle.clone();
            let hide: Vec<String> =
                rules.iter().flat_map(|rule| to_hide(bucket, rule, now)).collect();
            for name in hide {
                let timestamp = self
                    .state
                    .buckets
                    .get(&bucket_id)
                    .map_or(now, |bucket| bucket.files.next_timestamp(&name, now));
                let marker = hide_marker(&bucket_id, &name, timestamp);
                let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709".to_owned();
                let _ = self.insert(marker, Kind::Hide, Content::default(), sha1, None);
            }
            let Some(bucket) = self.state.buckets.get(&bucket_id) else {
                continue;
            };
            let delete: Vec<String> =
                rules.iter().flat_map(|rule| to_delete(bucket, rule, now)).collect();
            for id in delete {
                self.forget(&id);
            }
        }
    }
}

fn is_past(since: Timestamp, days: u64, now: Timestamp) -> bool {
    since.as_millis().saturating_add(days.saturating_mul(DAY_MILLIS)) <= now.as_millis()
}

fn covered<'a>(bucket: &'a Bucket, rule: &'a LifecycleRule) -> impl Iterator<Item = &'a Version> {
    let prefix = rule.file_name_prefix.as_str();
    bucket.files.starting_at(prefix).take_while(move |version| version.name.starts_with(prefix))
}

fn is_current(bucket: &Bucket, version: &Version) -> bool {
    bucket.files.current(&version.name).is_some_and(|current| current.id == version.id)
}

fn to_hide(bucket: &Bucket, rule: &LifecycleRule, now: Timestamp) -> Vec<String> {
    let Some(days) = rule.days_from_uploading_to_hiding else {
        return Vec::new();
    };
    covered(bucket, rule)
        .filter(|version| version.kind == Kind::Upload && is_current(bucket, version))
        .filter(|version| is_past(version.timestamp, days, now))
        .map(|version| version.name.clone())
        .collect()
}

fn to_delete(bucket: &Bucket, rule: &LifecycleRule, now: Timestamp) -> Vec<String> {
    let mut ids = Vec::new();
    // The name and timestamp of the next newer version.
    let mut newer: Option<(&str, Timestamp)> = None;
    for version in covered(bucket, rule) {
        let name = version.name.as_str();
        if version.kind == Kind::Start {
            let days = rule.days_from_starting_to_canceling_unfinished_large_files;
            if days.is_some_and(|days| is_past(version.timestamp, days, now)) {
                ids.push(version.id.clone());
            }
            continue;
        }
        let since = newer.filter(|(newer, _)| *newer == name).map(|(_, since)| since);
        newer = Some((name, version.timestamp));
        // A newest hide marker is deleted once it hides no version.
        let alone =
            || bucket.files.named(name).filter(|other| other.kind != Kind::Start).count() == 1;
        let since = match since {
            None if version.kind == Kind::Hide && alone() => Some(version.timestamp),
            since => since,
        };
        let due = rule.days_from_hiding_to_deleting.zip(since);
        let due = due.is_some_and(|(days, since)| is_past(since, days, now));
        if due && check_deletable(version, now, false).is_ok() {
            ids.push(version.id.clone());
        }
    }
    ids
}
