//! Replication of files between buckets, also of two accounts.

use std::collections::BTreeSet;

use b2_proto::time::Timestamp;
use serde_json::Value;

use super::Service;
use super::pending::NewFile;
use crate::state::{Bucket, Encryption, Key, Kind, Version, check_file_info};

/// What waits to be replicated.
#[derive(Clone, Debug)]
pub(super) struct ReplicationQueue {
    /// New files, with the time at which each is due.
    files: Vec<(Timestamp, String)>,
    /// The time at which every file may be due, since a rule may have changed.
    all: Option<Timestamp>,
}

impl Default for ReplicationQueue {
    /// Of a service that was restored, everything is due.
    fn default() -> Self {
        Self { files: Vec::new(), all: Some(Timestamp::default()) }
    }
}

impl Service {
    /// Replicates every file that is due at the time `now`, and returns how many replicas were made: new files that a
    /// rule covers, files that failed before, and existing files if a rule includes them.
    ///
    /// A service does so itself if its configuration says [`replicate`](crate::Config::replicate). The buckets may belong to
    /// two accounts of the service. As B2 does, it replicates no hide markers, no replicas, no files with keys of
    /// customers, and none whose name and file info take more than 2,048 bytes. A replica has the upload timestamp,
    /// file info, retention and legal hold of its source, and the default encryption of its bucket.
    pub fn replicate(&mut self, now: Timestamp) -> usize {
        self.replication = ReplicationQueue { files: Vec::new(), all: None };
        self.replicate_except(now, &BTreeSet::new())
    }

    /// Replicates every file that is due, except some.
    fn replicate_except(&mut self, now: Timestamp, later: &BTreeSet<String>) -> usize {
        let due = self.state.buckets.values().flat_map(|bucket| {
            let has_rules = !rules(bucket).is_empty();
            bucket.files.iter().filter(move |_| has_rules)
        });
        let due = due.map(|version| version.id.clone()).filter(|id| !later.contains(id));
        let due: Vec<String> = due.collect();
        due.iter().map(|id| self.replicate_file(now, id)).sum()
    }

    /// Notes a new file.
    pub(super) fn replication_due(&mut self, file_id: &str) {
        if self.config.replicate {
            let due = self.replication_time();
            self.replication.files.push((due, file_id.to_owned()));
        }
    }

    /// Notes that rules may have changed.
    pub(super) fn replication_changed(&mut self) {
        self.replication.all = Some(self.replication_time());
    }

    /// Returns the time at which what happens now is replicated.
    fn replication_time(&self) -> Timestamp {
        let delay = u64::try_from(self.config.replication_delay.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(self.now.as_millis().saturating_add(delay))
    }

    /// Replicates what was noted and is due, if the service replicates by itself.
    pub(super) fn replicate_noted(&mut self, now: Timestamp) {
        if !self.config.replicate {
            return;
        }
        let is_due = |due: &Timestamp| *due <= now;
        let due = self.replication.files.extract_if(.., |(due, _)| is_due(due));
        let due: Vec<_> = due.map(|(_, id)| id).collect();
        if self.replication.all.take_if(|due| is_due(due)).is_some() {
            let later = self.replication.files.iter().map(|(_, id)| id.clone()).collect();
            self.replicate_except(now, &later);
        }
        for id in due {
            self.replicate_file(now, &id);
        }
    }

    /// Replicates one file to the buckets of all rules that cover it, sets its status, and returns the number of replicas.
    fn replicate_file(&mut self, now: Timestamp, file_id: &str) -> usize {
        let Some((bucket, version)) = self.state.version(file_id) else {
            return 0;
        };
        if version.kind != Kind::Upload || matches!(version.encryption, Encryption::SseC(_)) {
            return 0;
        }
        let existing = match version.replication_status.as_deref() {
            None => true,
            Some("PENDING" | "FAILED") => false,
            Some(_) => return 0,
        };
        // Of several rules with one destination, any does the same.
        let covering = rules(bucket).iter().filter(|rule| {
            let prefix = rule["fileNamePrefix"].as_str().unwrap_or_default();
            rule["isEnabled"] == true
                && (!existing || rule["includeExistingFiles"] == true)
                && version.name.starts_with(prefix)
        });
        let destinations = covering.filter_map(|rule| rule["destinationBucketId"].as_str());
        let destinations: BTreeSet<String> = destinations.map(str::to_owned).collect();
        if destinations.is_empty() {
            return 0;
        }
        let (mut made, mut failed) = (0, false);
        for destination in destinations {
            match self.replica(now, file_id, &destination) {
                Replica::New(file) => {
                    made += usize::from(self.insert_replica(file_id, *file));
                }
                Replica::Exists => {}
                Replica::Impossible => failed = true,
            }
        }
        if let Some(version) = self.state.version_mut(file_id) {
            let status = if failed { "FAILED" } else { "COMPLETED" };
            version.replication_status = Some(status.to_owned());
        }
        made
    }

    /// Returns the replica of a file, if there can be one.
    fn replica(&self, now: Timestamp, file_id: &str, destination: &str) -> Replica {
        let (Some((bucket, version)), Some(destination)) =
            (self.state.version(file_id), self.state.buckets.get(destination))
        else {
            return Replica::Impossible;
        };
        let is_replica = |other: &Version| {
            other.replication_status.as_deref() == Some("REPLICA")
                && other.timestamp == version.timestamp
                && other.sha1 == version.sha1
        };
        if destination.files.named(&version.name).any(is_replica) {
            return Replica::Exists;
        }
        let locked = version.retention.is_some() || version.hold == Some(true);
        let fits = check_file_info(&version.name, version.info.to_map(), true).is_ok();
        if !fits
            || (locked && !destination.lock_enabled)
            || !self.has_room(&destination.account_id, version.content.len())
            || !self.keys_allow(now, (bucket, version), destination)
        {
            return Replica::Impossible;
        }
        let default = destination.default_retention.as_ref();
        Replica::New(Box::new(NewFile {
            bucket_id: destination.id.clone(),
            name: version.name.clone(),
            content_type: version.content_type.clone(),
            info: version.info.to_map(),
            timestamp: version.timestamp,
            encryption: destination.encryption.clone(),
            retention: version
                .retention
                .or_else(|| default.map(|retention| retention.starting(version.timestamp))),
            hold: version.hold.filter(|_| destination.lock_enabled),
        }))
    }

    /// Returns whether the keys of both buckets may read the file and write its replica.
    fn keys_allow(
        &self,
        now: Timestamp,
        (bucket, version): (&Bucket, &Version),
        destination: &Bucket,
    ) -> bool {
        let key_of = |id: &Value| {
            let key = self.state.keys.get(id.as_str()?)?;
            (!key.is_expired(now)).then_some(key)
        };
        let source = side(bucket, "asReplicationSource");
        let source_id = source.map_or(&Value::Null, |side| &side["sourceApplicationKeyId"]);
        let mapping = side(destination, "asReplicationDestination")
            .map_or(&Value::Null, |side| &side["sourceToDestinationKeyMapping"]);
        let destination_id = mapping.get(source_id.as_str().unwrap_or_default());
        let (Some(reads), Some(writes)) = (key_of(source_id), destination_id.and_then(key_of))
        else {
            return false;
        };
        let may = |key: &Key, bucket: &Bucket, capabilities: [&str; 3]| {
            let [files, retentions, holds] = capabilities;
            key.has(files)
                && (version.retention.is_none() || key.has(retentions))
                && (version.hold != Some(true) || key.has(holds))
                && key.account_id == bucket.account_id
                && key.require_bucket(&bucket.id).is_ok()
                && key.require_prefix(&version.name).is_ok()
        };
        may(reads, bucket, ["readFiles", "readFileRetentions", "readFileLegalHolds"])
            && may(
                writes,
                destination,
                ["writeFiles", "writeFileRetentions", "writeFileLegalHolds"],
            )
    }

    fn insert_replica(&mut self, file_id: &str, file: NewFile) -> bool {
        let Some((_, version)) = self.state.version(file_id) else {
            return false;
        };
        let (content, sha1) = (version.content.clone(), version.sha1.clone());
        let md5 = version.md5.clone();
        let replica = self.insert(file, Kind::Upload, content, sha1, md5);
        let id = replica.ok().and_then(|replica| replica.version_id().map(str::to_owned));
        let Some(version) = id.and_then(|id| self.state.version_mut(&id)) else {
            return false;
        };
        version.replication_status = Some("REPLICA".to_owned());
        true
    }
}

/// The replica of a file in one bucket.
enum Replica {
    New(Box<NewFile>),
    Exists,
    Impossible,
}

fn side<'a>(bucket: &'a Bucket, name: &str) -> Option<&'a Value> {
    bucket.replication.as_ref().map(|both| &both[name]).filter(|side| !side.is_null())
}

fn rules(bucket: &Bucket) -> &[Value] {
    let rules = side(bucket, "asReplicationSource")
        .and_then(|source| source["replicationRules"].as_array());
    rules.map_or(&[], Vec::as_slice)
}
