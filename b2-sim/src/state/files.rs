//! The versions in a bucket, in B2's order: by name, then newest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use b2_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::content::Content;
use crate::state::lock::hold_name;
use crate::state::{Encryption, Key, Retention};

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
    pub(crate) info: BTreeMap<String, String>,
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
    pub(crate) fn to_json(&self, account_id: &str, bucket_id: &str, key: &Key) -> Value {
        let len = self.content.len();
        let mut value = json!({
            "accountId": account_id,
            "bucketId": bucket_id,
            "fileId": self.id,
            "fileName": self.name,
            "action": self.kind.action(),
            "contentType": self.content_type,
            "contentLength": len,
            // The name in version 1 of the API.
            "size": len,
            "contentSha1": self.sha1,
            "contentMd5": self.md5,
            "fileInfo": self.info,
            "uploadTimestamp": self.timestamp,
        });
        if self.kind != Kind::Hide {
            value["serverSideEncryption"] = self.encryption.to_json();
            let readable = key.has("readFileRetentions");
            value["fileRetention"] = json!({
                "isClientAuthorizedToRead": readable,
                "value": readable.then(|| Retention::to_json(self.retention)),
            });
            let readable = key.has("readFileLegalHolds");
            value["legalHold"] = json!({
                "isClientAuthorizedToRead": readable,
                "value": self.hold.filter(|_| readable).map(hold_name),
            });
        } else {
            value["contentSha1"] = Value::Null;
        }
        if let Some(status) = &self.replication_status
            && self.kind == Kind::Upload
        {
            value["replicationStatus"] = status.as_str().into();
        }
        value
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SortKey {
    name: String,
    newest_first: Reverse<(Timestamp, u64)>,
}

/// The versions of a bucket, in order and by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Version>", into = "Vec<Version>")]
pub(crate) struct Files {
    versions: BTreeMap<SortKey, Version>,
    keys: BTreeMap<String, SortKey>,
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

impl From<Files> for Vec<Version> {
    fn from(files: Files) -> Self {
        files.versions.into_values().collect()
    }
}

impl Files {
    pub(crate) fn insert(&mut self, version: Version) {
        let place = SortKey {
            name: version.name.clone(),
            newest_first: Reverse((version.timestamp, version.serial)),
        };
        self.keys.insert(version.id.clone(), place.clone());
        self.versions.insert(place, version);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Version> {
        self.versions.get(self.keys.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Version> {
        self.versions.get_mut(self.keys.get(id)?)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Version> {
        let place = self.keys.remove(id)?;
        self.versions.remove(&place)
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
            name: name.to_owned(),
            newest_first: Reverse((Timestamp::from_millis(u64::MAX), u64::MAX)),
        };
        self.versions.range(first..).map(|(_, version)| version)
    }

    /// Returns all versions in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.versions.values()
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
