//! What has changed in the state, so that it can be saved without saving everything.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::state::{Bucket, Ids, Key, Part, State, Version, bucket_id_of};

/// A change of the state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Change<'a> {
    Ids(Cow<'a, Ids>),
    /// The settings of a bucket, without its files.
    Bucket(Cow<'a, Bucket>),
    BucketDeleted(Cow<'a, str>),
    Key(Cow<'a, Key>),
    KeyDeleted(Cow<'a, str>),
    Version(Cow<'a, Version>),
    VersionDeleted(Cow<'a, str>),
    /// A part of an unfinished large file.
    Part(Cow<'a, str>, u16, Cow<'a, Part>),
}

impl Change<'_> {
    /// Returns whether contents may have become unused.
    pub(crate) fn removes(&self) -> bool {
        matches!(self, Self::VersionDeleted(_) | Self::BucketDeleted(_))
    }
}

impl State {
    /// Records changes from now on.
    pub(crate) fn record_changes(&mut self) {
        self.buckets.record();
        self.keys.record();
        for bucket in self.buckets.values_mut_unrecorded() {
            bucket.files.record();
        }
    }

    /// Returns what has changed since the last time, in an order in which it can be [applied](Self::apply).
    pub(crate) fn take_changes(&mut self) -> Vec<Change<'_>> {
        let (bucket_ids, key_ids) = (self.buckets.take_changed(), self.keys.take_changed());
        let mut files = Vec::new();
        for bucket in self.buckets.values_mut_unrecorded() {
            if let Some(changed) = bucket.files.take_changed() {
                files.push((bucket.id.clone(), changed));
            }
        }
        let mut changes = Vec::new();
        for id in bucket_ids {
            changes.push(match self.buckets.get(&id) {
                Some(bucket) => Change::Bucket(Cow::Owned(bucket.settings())),
                None => Change::BucketDeleted(id.into()),
            });
        }
        for id in key_ids {
            changes.push(match self.keys.get(&id) {
                Some(key) => Change::Key(Cow::Borrowed(key)),
                None => Change::KeyDeleted(id.into()),
            });
        }
        for (bucket_id, changed) in files {
            let Some(bucket) = self.buckets.get(&bucket_id) else {
                continue;
            };
            for id in &changed.versions {
                changes.push(match bucket.files.get(id) {
                    Some(version) => Change::Version(Cow::Borrowed(version)),
                    None => Change::VersionDeleted(id.clone().into()),
                });
            }
            for (id, number) in changed.parts {
                let part = bucket.files.get(&id).and_then(|version| version.parts.get(&number));
                if let Some(part) = part.filter(|_| !changed.versions.contains(&id)) {
                    changes.push(Change::Part(id.into(), number, Cow::Borrowed(part)));
                }
            }
        }
        if !changes.is_empty() {
            changes.push(Change::Ids(Cow::Borrowed(&self.ids)));
        }
        changes
    }

    /// Applies a change that was saved.
    pub(crate) fn apply(&mut self, change: Change<'_>) {
        match change {
            Change::Ids(ids) => self.ids = ids.into_owned(),
            Change::Bucket(bucket) => {
                let mut bucket = bucket.into_owned();
                if let Some(existing) = self.buckets.get_mut(&bucket.id) {
                    bucket.files = std::mem::take(&mut existing.files);
                }
                self.buckets.insert(bucket.id.clone(), bucket);
            }
            Change::BucketDeleted(id) => drop(self.buckets.remove(&id)),
            Change::Key(key) => self.keys.insert(key.id.clone(), key.into_owned()),
            Change::KeyDeleted(id) => drop(self.keys.remove(&id)),
            Change::Version(version) => {
                let files = bucket_id_of(&version.id).and_then(|id| self.files_mut(id));
                if let Some(files) = files {
                    files.remove(&version.id);
                    files.insert(version.into_owned());
                }
            }
            Change::VersionDeleted(id) => {
                if let Some(files) = bucket_id_of(&id).and_then(|id| self.files_mut(id)) {
                    files.remove(&id);
                }
            }
            Change::Part(id, number, part) => {
                if let Some(files) = bucket_id_of(&id).and_then(|id| self.files_mut(id)) {
                    files.insert_part(&id, number, part.into_owned());
                }
            }
        }
    }
}
