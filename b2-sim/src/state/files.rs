//! The versions in a bucket, in B2's order: by name, then newest first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use b2_proto::time::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::content::Content;
use crate::state::file_object::FileObject;
use crate::state::{Encryption, Info, Key, Retention, position_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A large file that is not finished.
    Start,
    Upload,
    Hide,
}

impl Kind {
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Upload => "upload",
            Self::Hide => "hide",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) timestamp: Timestamp,
    /// Orders versions with the same timestamp; the larger one is newer.
    pub(crate) serial: u64,
    pub(crate) content_type: String,
    /// Forty hex digits, `none`, or digits after `unverified:`.
    pub(crate) sha1: String,
    pub(crate) md5: Option<String>,
    pub(crate) info: Info,
    pub(crate) encryption: Encryption,
    pub(crate) retention: Option<Retention>,
    pub(crate) hold: Option<bool>,
    /// `PENDING`, `COMPLETED`, `FAILED` or `REPLICA`; none without a replication rule.
    #[serde(default)]
    pub(crate) replication_status: Option<String>,
    pub(crate) content: Content,
    /// The parts of an unfinished large file.
    pub(crate) parts: BTreeMap<u16, Part>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) sha1: String,
    pub(crate) md5: Option<String>,
    pub(crate) timestamp: Timestamp,
    pub(crate) content: Content,
    /// Whether it was copied from another file.
    pub(crate) copied: bool,
}

impl Version {
    /// Returns the file object, with the fields that `key` may read.
    pub(crate) fn object<'a>(
        &'a self,
        account_id: &'a str,
        bucket_id: &'a str,
        key: &Key,
    ) -> FileObject<'a> {
        FileObject::of(self, account_id, bucket_id, key)
    }

    /// Returns the file object as a value.
    pub(crate) fn to_json(&self, account_id: &str, bucket_id: &str, key: &Key) -> Value {
        json!(self.object(account_id, bucket_id, key))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SortKey {
    name: Arc<str>,
    newest_first: Reverse<(Timestamp, u64)>,
}

/// The versions of a bucket, in order and by id.
///
/// There may be millions of them, so names are shared, and versions are boxed: a node of a map has room for eleven
/// entries, about half of which are used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<Version>")]
pub(crate) struct Files {
    versions: BTreeMap<SortKey, Box<Version>>,
    /// By the number in the id.
    places: BTreeMap<u64, SortKey>,
    /// `None` if changes are not recorded.
    changed: Option<ChangedFiles>,
}

/// What has changed among the versions of a bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct ChangedFiles {
    /// The ids of the versions that were inserted, changed or removed.
    pub(super) versions: BTreeSet<String>,
    /// The parts of large files that were stored: the id of the file and the number.
    pub(super) parts: BTreeSet<(String, u16)>,
}

impl From<Vec<Version>> for Files {
    fn from(versions: Vec<Version>) -> Self {
        let mut files = Self::default();
        for version in versions {
            files.insert(version);
        }
        files
    }
}

impl Serialize for Files {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Files {
    pub(crate) fn insert(&mut self, version: Version) {
        let Some((_, number)) = position_of(&version.id) else {
            return;
        };
        let place = SortKey {
            name: version.name.as_str().into(),
            newest_first: Reverse((version.timestamp, version.serial)),
        };
        self.note(&version.id);
        self.places.insert(number, place.clone());
        self.versions.insert(place, Box::new(version));
    }

    /// Returns the place of the version with this id.
    fn place(&self, id: &str) -> Option<&SortKey> {
        let (_, number) = position_of(id)?;
        self.places.get(&number)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Version> {
        let version = self.versions.get(self.place(id)?)?;
        (version.id == id).then_some(version)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Version> {
        self.note(id);
        self.get_mut_unrecorded(id)
    }

    fn get_mut_unrecorded(&mut self, id: &str) -> Option<&mut Version> {
        let (_, number) = position_of(id)?;
        let version = self.versions.get_mut(self.places.get(&number)?)?;
        (version.id == id).then_some(version)
    }

    /// Stores a part of an unfinished large file, replacing one with the same number.
    pub(crate) fn insert_part(&mut self, id: &str, number: u16, part: Part) {
        if let Some(changed) = &mut self.changed {
            changed.parts.insert((id.to_owned(), number));
        }
        if let Some(version) = self.get_mut_unrecorded(id) {
            version.parts.insert(number, part);
        }
    }

    /// Records changes from now on.
    pub(super) fn record(&mut self) {
        self.changed.get_or_insert_default();
    }

    /// Returns what has changed since the last time. If changes were not recorded, they are from now on, and everything
    /// has changed.
    pub(super) fn take_changed(&mut self) -> Option<ChangedFiles> {
        let changed = match &mut self.changed {
            Some(changed) => std::mem::take(changed),
            None => {
                self.record();
                let versions = self.iter().map(|version| version.id.clone()).collect();
                ChangedFiles { versions, ..ChangedFiles::default() }
            }
        };
        let is_empty = changed.versions.is_empty() && changed.parts.is_empty();
        (!is_empty).then_some(changed)
    }

    fn note(&mut self, id: &str) {
        if let Some(changed) = &mut self.changed {
            changed.versions.insert(id.to_owned());
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Version> {
        self.get(id)?;
        self.note(id);
        let (_, number) = position_of(id)?;
        let place = self.places.remove(&number)?;
        self.versions.remove(&place).map(|version| *version)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Returns all versions in order, starting at `name`.
    pub(crate) fn starting_at<'a>(
        &'a self,
        name: &str,
    ) -> impl Iterator<Item = &'a Version> + use<'a> {
        let first = SortKey {
            name: name.into(),
            newest_first: Reverse((Timestamp::from_millis(u64::MAX), u64::MAX)),
        };
        self.versions.range(first..).map(|(_, version)| &**version)
    }

    /// Returns all versions in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.versions.values().map(|version| &**version)
    }

    /// Returns all versions of a name, newest first.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Version> {
        self.starting_at(name).take_while(move |version| version.name == name)
    }

    /// Returns the current version of a name: the newest that is not an unfinished large file.
    pub(crate) fn current(&self, name: &str) -> Option<&Version> {
        self.starting_at(name)
            .take_while(|version| version.name == name)
            .find(|version| version.kind != Kind::Start)
    }

    /// Returns a timestamp with which a new version of a name is the newest.
    pub(crate) fn next_timestamp(&self, name: &str, now: Timestamp) -> Timestamp {
        let newest = self.named(name).next().map(|version| version.timestamp);
        match newest {
            Some(newest) if newest >= now => Timestamp::from_millis(newest.as_millis() + 1),
            _ => now,
        }
    }
}
