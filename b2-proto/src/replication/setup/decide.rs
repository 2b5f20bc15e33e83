//! The decisions of a set-up.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{MAX_RESTARTS, Phase, ReplicationSetup, Setup, Side};
use crate::api::{BucketsList, KeysPage, ListKeys, UpdateBucket};
use crate::error::{Error, ErrorKind};
use crate::list::Paginator;
use crate::model::{
    ApplicationKey, ApplicationKeyId, BucketInfo, ReplicationConfiguration, ReplicationRule,
    ReplicationSource,
};
use crate::replication::change::readable;

/// The number of keys to request at once: B2 bills each 1,000 as one transaction.
const KEYS_PER_PAGE: u32 = 1_000;

impl Setup {
    pub(super) fn bucket_mut(&mut self, side: Side) -> &mut Option<BucketInfo> {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }

    fn configuration(&self, side: Side) -> ReplicationConfiguration {
        let bucket = match side {
            Side::Source => &self.source,
            Side::Destination => &self.destination,
        };
        let configuration = bucket.as_ref().and_then(|bucket| bucket.replication.value());
        configuration.cloned().unwrap_or_default()
    }

    fn rules(&self) -> Vec<ReplicationRule> {
        let source = self.configuration(Side::Source).as_replication_source;
        source.map(|source| source.replication_rules).unwrap_or_default()
    }

    pub(super) fn took_bucket(&mut self, side: Side, list: BucketsList) {
        let id = self.bucket_id(side).clone();
        let found = list.buckets.into_iter().find(|bucket| bucket.bucket_id == id);
        let Some(bucket) = found else {
            let error = list.unreadable.into_iter().next().unwrap_or_else(|| {
                Error::new(ErrorKind::BucketIdNotFound, "no bucket has this id")
                    .with_subject(id.as_str())
            });
            return self.fail(error);
        };
        *self.bucket_mut(side) = Some(bucket);
        match side {
            Side::Source => self.phase = Phase::Bucket(Side::Destination),
            Side::Destination => {
                // What the buckets name is known now.
                self.maybe_used.clear();
                self.begin();
            }
        }
    }

    /// Checks everything before the first change.
    fn begin(&mut self) {
        if let Err(error) = self.check() {
            return self.fail(error);
        }
        let source = self.configuration(Side::Source).as_replication_source;
        self.candidates =
            source.into_iter().map(|source| source.source_application_key_id).collect();
        self.next_candidate(Side::Source);
    }

    fn check(&self) -> Result<(), Error> {
        let (Some(source), Some(destination)) = (&self.source, &self.destination) else {
            return Ok(());
        };
        if source.bucket_id == destination.bucket_id {
            let message = format!(
                "the bucket '{}' cannot be replicated to itself; give another destination",
                source.bucket_name
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        readable(source)?;
        readable(destination)?;
        self.new_rule(destination).map(drop)
    }

    fn new_rule(&self, destination: &BucketInfo) -> Result<ReplicationRule, Error> {
        let (id, name) = (&destination.bucket_id, &destination.bucket_name);
        self.rule.resolve(&self.rules(), id, name)
    }

    fn next_candidate(&mut self, side: Side) {
        if self.candidates.is_empty() {
            self.search(side);
        } else {
            self.phase = Phase::Key(side);
        }
    }

    pub(super) fn took_key(&mut self, side: Side, page: KeysPage) {
        let Some(id) = self.candidates.pop() else {
            return;
        };
        let key = page.keys.into_iter().find(|key| key.application_key_id == id);
        match key {
            Some(key) if side.can_use(&key, self.bucket_id(side)) => {
                self.candidates.clear();
                return self.found_key(side, id);
            }
            Some(_) => {}
            None => self.dead_keys.push(id),
        }
        self.next_candidate(side);
    }

    pub(super) fn search(&mut self, side: Side) {
        let first = ListKeys { max_key_count: Some(KEYS_PER_PAGE), ..ListKeys::default() };
        self.phase = Phase::Search(side, Box::new(Paginator::new(first)));
    }

    pub(super) fn searched(&mut self, side: Side, keys: &[ApplicationKey]) {
        let bucket = match side {
            Side::Source => &self.source,
            Side::Destination => &self.destination,
        };
        let Some(bucket) = bucket else {
            return;
        };
        let own = keys.iter().find(|key| side.is_own(key, &bucket.bucket_id, &bucket.bucket_name));
        if let Some(key) = own {
            let id = key.application_key_id.clone();
            if self.lost_creation.take().is_some() {
                self.created.push((side, id.clone()));
            }
            return self.found_key(side, id);
        }
        let over = matches!(&self.phase, Phase::Search(_, pages) if pages.next_page().is_none());
        if !over {
            return;
        }
        if let Some(error) = self.lost_creation.take() {
            return self.fail(error);
        }
        let create = side.create_key(&bucket.bucket_id, &bucket.bucket_name);
        self.phase = Phase::Create(side, Box::new(create));
    }

    pub(super) fn found_key(&mut self, side: Side, id: ApplicationKeyId) {
        match side {
            Side::Source => {
                self.note_other_destinations(&id);
                self.candidates = self.destination_candidates(&id);
                self.source_key = Some(id);
                self.next_candidate(Side::Destination);
            }
            Side::Destination => {
                self.destination_key = Some(id);
                self.write();
            }
        }
    }

    fn note_other_destinations(&mut self, key: &ApplicationKeyId) {
        let Some(source) = self.configuration(Side::Source).as_replication_source else {
            return;
        };
        if source.source_application_key_id != *key {
            let others =
                source.replication_rules.into_iter().map(|rule| rule.destination_bucket_id);
            self.other_destinations.extend(others.filter(|id| *id != self.ids.destination));
        }
    }

    /// Returns the keys of the destination bucket, the one that belongs to the key of the source bucket last.
    fn destination_candidates(&self, source_key: &ApplicationKeyId) -> Vec<ApplicationKeyId> {
        let destination = self.configuration(Side::Destination).as_replication_destination;
        let mapping = destination.unwrap_or_default().source_to_destination_key_mapping;
        let current = mapping.get(source_key);
        let mut candidates: Vec<ApplicationKeyId> = Vec::new();
        for id in mapping.values().filter(|id| Some(*id) != current).chain(current) {
            if !candidates.contains(id) {
                candidates.push(id.clone());
            }
        }
        candidates
    }

    /// Changes the destination bucket, and then the source bucket, unless they are as they should be.
    pub(super) fn write(&mut self) {
        let (Some(source), Some(destination)) = (&self.source, &self.destination) else {
            return;
        };
        let (Some(source_key), Some(destination_key)) = (&self.source_key, &self.destination_key)
        else {
            return;
        };
        let rule = match self.new_rule(destination) {
            Ok(rule) => rule,
            Err(error) => return self.fail(error),
        };

        let before = self.configuration(Side::Destination);
        let mut half = before.as_replication_destination.clone().unwrap_or_default();
        half.source_to_destination_key_mapping.insert(source_key.clone(), destination_key.clone());
        let after = before.clone().with_destination(half);
        if after != before {
            let update = update(destination, after);
            return self.update(Side::Destination, update);
        }

        let before = self.configuration(Side::Source);
        let mut rules = self.rules();
        if !rules.contains(&rule) {
            rules.push(rule.clone());
        }
        let half = ReplicationSource {
            replication_rules: rules,
            source_application_key_id: source_key.clone(),
        };
        let after = before.clone().with_source(half);
        if after != before {
            let update = update(source, after);
            return self.update(Side::Source, update);
        }
        let done = ReplicationSetup {
            source: source.clone(),
            destination: destination.clone(),
            rule,
            source_key: source_key.clone(),
            destination_key: destination_key.clone(),
            dead_keys: self.dead_keys.clone(),
            other_destinations: self.other_destinations.iter().cloned().collect(),
        };
        self.end(Ok(done));
    }

    fn update(&mut self, side: Side, update: UpdateBucket) {
        if let Err(error) =
            update.replication_configuration.iter().try_for_each(ReplicationConfiguration::check)
        {
            return self.fail(error);
        }
        self.maybe_used.extend(self.source_key.iter().chain(&self.destination_key).cloned());
        self.phase = Phase::Update(side, Box::new(update));
    }

    pub(super) fn not_updated(&mut self, error: Error) {
        if error.kind() == ErrorKind::Conflict && self.restarts < MAX_RESTARTS {
            // Another client changed the bucket, or an attempt of this call whose response was lost.
            self.restarts += 1;
            self.dead_keys.clear();
            self.phase = Phase::Bucket(Side::Source);
            return;
        }
        if !error.is_ambiguous() && error.kind() != ErrorKind::Conflict {
            self.maybe_used.clear();
        }
        self.fail(error);
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.end(Err(error));
    }

    /// Ends with this result, after deleting the created keys that no bucket names.
    fn end(&mut self, result: Result<ReplicationSetup, Error>) {
        let mut used: BTreeSet<ApplicationKeyId> = BTreeSet::new();
        for side in [Side::Source, Side::Destination] {
            let configuration = self.configuration(side);
            let source = configuration.as_replication_source;
            used.extend(source.map(|source| source.source_application_key_id));
            let mapping = configuration.as_replication_destination.unwrap_or_default();
            for (from, to) in mapping.source_to_destination_key_mapping {
                used.extend([from, to]);
            }
        }
        if result.is_err() {
            used.append(&mut self.maybe_used);
        }
        let mut unused = core::mem::take(&mut self.created);
        unused.retain(|(_, id)| !used.contains(id));
        self.phase = Phase::CleanUp(unused, Box::new(result));
    }
}

fn update(bucket: &BucketInfo, configuration: ReplicationConfiguration) -> UpdateBucket {
    let mut update = UpdateBucket::new(bucket.bucket_id.clone());
    update.if_revision_is = Some(bucket.revision);
    update.replication_configuration = Some(configuration);
    update
}
