//! The set-up of the replication from one bucket to another.

mod decide;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::rules::NewRule;
use crate::account::Authorization;
use crate::api::{
    BucketsList, CreateKey, DeleteKey, KeysPage, ListBuckets, ListKeys, UpdateBucket,
};
use crate::error::Error;
use crate::list::Paginator;
use crate::model::{
    ApplicationKey, ApplicationKeyId, BucketId, BucketInfo, Capability, FullApplicationKey,
    ReplicationRule,
};

/// The number of times that a set-up begins again because a bucket was changed meanwhile.
const MAX_RESTARTS: u32 = 5;

/// One of the two buckets of a replication, or its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The bucket whose files are replicated.
    Source,
    /// The bucket that receives the replicas.
    Destination,
}

/// A call of a [`Setup`].
#[derive(Clone, Debug, PartialEq)]
pub enum SetupCall {
    /// Asks for the settings of a bucket.
    Buckets(ListBuckets),
    /// Looks up a key, or searches one.
    Keys(ListKeys),
    /// Creates a key.
    CreateKey(CreateKey),
    /// Stores the replication of a bucket.
    Update(Box<UpdateBucket>),
    /// Deletes a key that this set-up created and that nothing uses.
    DeleteKey(DeleteKey),
}

/// The response to a [`SetupCall`] of the same name.
#[derive(Clone, Debug)]
pub enum SetupResponse {
    /// The response to [`SetupCall::Buckets`].
    Buckets(BucketsList),
    /// The response to [`SetupCall::Keys`].
    Keys(KeysPage),
    /// The response to [`SetupCall::CreateKey`].
    CreateKey(Box<FullApplicationKey>),
    /// The response to [`SetupCall::Update`].
    Update(Box<BucketInfo>),
    /// The response to [`SetupCall::DeleteKey`].
    DeleteKey(ApplicationKey),
}

/// What a [`Setup`] needs next.
#[derive(Clone, Debug)]
pub enum SetupStep {
    /// Run this call with the account of the side, and pass its result to [`Setup::took`].
    Call(Side, SetupCall),
    /// The set-up has ended.
    Done(Box<Result<ReplicationSetup, Error>>),
}

/// A replication that is set up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplicationSetup {
    /// The source bucket as it is now.
    pub source: BucketInfo,
    /// The destination bucket as it is now.
    pub destination: BucketInfo,
    /// The rule. It may be one that was there before, and that is paused.
    pub rule: ReplicationRule,
    /// The key with which B2 reads the files.
    pub source_key: ApplicationKeyId,
    /// The key with which B2 writes the replicas.
    pub destination_key: ApplicationKeyId,
    /// Keys that the settings of the buckets named and that no longer exist. The destination bucket may still name them
    /// for other source buckets, which then do not replicate to it.
    pub dead_keys: Vec<ApplicationKeyId>,
    /// Destination buckets of other rules of the source bucket that do not know its new key: set up their replication
    /// again. Empty if the key of the source bucket was kept.
    pub other_destinations: Vec<BucketId>,
}

/// Sets up the replication from one bucket to another: finds or creates the keys with which B2 reads and writes, tells the
/// destination bucket which belong together, and then adds a rule to the source bucket.
///
/// A set-up with the same description changes nothing if it is repeated, and continues where one was interrupted: keys
/// that were created and not used are found by their names. Buckets are changed only if they were not changed
/// since they were read; otherwise the set-up begins again. If it fails, it deletes the keys that it created, unless a
/// bucket may name them.
///
/// ```
/// use b2_proto::replication::{NewRule, Setup, SetupCall, SetupStep, Side};
///
/// let mut setup = Setup::new("source id".into(), "destination id".into(), NewRule::default());
/// match setup.next_step() {
///     SetupStep::Call(Side::Source, SetupCall::Buckets(call)) => {
///         // Run it with the account of the source bucket, and pass the result to `setup.took`.
///         assert_eq!(call.bucket_id.unwrap().as_str(), "source id");
///     }
///     other => unreachable!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
pub struct Setup {
    rule: NewRule,
    ids: Ids,
    phase: Phase,
    source: Option<BucketInfo>,
    destination: Option<BucketInfo>,
    source_key: Option<ApplicationKeyId>,
    destination_key: Option<ApplicationKeyId>,
    /// Keys to look up, the last one first.
    candidates: Vec<ApplicationKeyId>,
    dead_keys: Vec<ApplicationKeyId>,
    other_destinations: BTreeSet<BucketId>,
    /// The keys that this set-up created.
    created: Vec<(Side, ApplicationKeyId)>,
    /// The keys that an update whose outcome is unknown may have stored.
    maybe_used: BTreeSet<ApplicationKeyId>,
    /// The error of a call that may have created a key.
    lost_creation: Option<Error>,
    restarts: u32,
}

/// The ids of the buckets.
#[derive(Debug)]
struct Ids {
    source: BucketId,
    destination: BucketId,
}

#[derive(Debug)]
enum Phase {
    /// Asks for the settings of the bucket.
    Bucket(Side),
    /// Looks up the last of the candidates.
    Key(Side),
    /// Searches a key that an earlier set-up created.
    Search(Side, Box<Paginator<ListKeys>>),
    Create(Side, Box<CreateKey>),
    Update(Side, Box<UpdateBucket>),
    /// Deletes keys that were created for nothing, the last one first.
    CleanUp(Vec<(Side, ApplicationKeyId)>, Box<Result<ReplicationSetup, Error>>),
    Over,
}

impl Setup {
    /// Creates a set-up that has not begun.
    #[must_use]
    pub fn new(source: BucketId, destination: BucketId, rule: NewRule) -> Self {
        Self {
            rule,
            ids: Ids { source, destination },
            phase: Phase::Bucket(Side::Source),
            source: None,
            destination: None,
            source_key: None,
            destination_key: None,
            candidates: Vec::new(),
            dead_keys: Vec::new(),
            other_destinations: BTreeSet::new(),
            created: Vec::new(),
            maybe_used: BTreeSet::new(),
            lost_creation: None,
            restarts: 0,
        }
    }

    /// Checks that a key may do what every set-up does in its account, so that it does not end half done.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized), naming the capability.
    pub fn check_allowed(authorization: &Authorization) -> Result<(), Error> {
        let needs = [
            Capability::LIST_BUCKETS,
            Capability::WRITE_BUCKETS,
            Capability::READ_BUCKET_REPLICATIONS,
            Capability::WRITE_BUCKET_REPLICATIONS,
            Capability::LIST_KEYS,
        ];
        needs.iter().try_for_each(|capability| authorization.require(capability))
    }

    /// Returns what to do next. The same until [`took`](Self::took) is called.
    pub fn next_step(&mut self) -> SetupStep {
        let (side, call) = match &self.phase {
            Phase::Bucket(side) => {
                let bucket_id = Some(self.bucket_id(*side).clone());
                let list = ListBuckets { bucket_id, ..ListBuckets::default() };
                (*side, SetupCall::Buckets(list))
            }
            Phase::Key(side) => {
                let start_application_key_id = self.candidates.last().cloned();
                let list = ListKeys { start_application_key_id, max_key_count: Some(1) };
                (*side, SetupCall::Keys(list))
            }
            Phase::Search(side, pages) => {
                let page = pages.next_page().unwrap_or_default();
                (*side, SetupCall::Keys(page))
            }
            Phase::Create(side, create) => (*side, SetupCall::CreateKey((**create).clone())),
            Phase::Update(side, update) => (*side, SetupCall::Update(update.clone())),
            Phase::CleanUp(keys, _) if !keys.is_empty() => {
                let (side, id) = &keys[keys.len() - 1];
                (*side, SetupCall::DeleteKey(DeleteKey { application_key_id: id.clone() }))
            }
            Phase::CleanUp(..) | Phase::Over => {
                let result = match core::mem::replace(&mut self.phase, Phase::Over) {
                    Phase::CleanUp(_, result) => result,
                    _ => Box::new(Err(crate::machine::cancelled())),
                };
                return SetupStep::Done(result);
            }
        };
        SetupStep::Call(side, call)
    }

    /// Takes the result of the call that [`next_step`](Self::next_step) returned. Another response is ignored.
    pub fn took(&mut self, result: Result<SetupResponse, Error>) {
        match (&mut self.phase, result) {
            (Phase::CleanUp(keys, _), _) => {
                keys.pop();
            }
            (Phase::Bucket(side), Ok(SetupResponse::Buckets(list))) => {
                let side = *side;
                self.took_bucket(side, list);
            }
            (Phase::Key(side), Ok(SetupResponse::Keys(page))) => {
                let side = *side;
                self.took_key(side, page);
            }
            (Phase::Search(side, pages), Ok(SetupResponse::Keys(page))) => {
                let side = *side;
                let keys = pages.take(page);
                self.searched(side, &keys);
            }
            (Phase::Create(side, _), Ok(SetupResponse::CreateKey(full))) => {
                let (side, id) = (*side, full.key.application_key_id);
                self.created.push((side, id.clone()));
                self.found_key(side, id);
            }
            (Phase::Update(side, _), Ok(SetupResponse::Update(bucket))) => {
                let side = *side;
                *self.bucket_mut(side) = Some(*bucket);
                self.write();
            }
            (Phase::Create(side, _), Err(error)) if error.is_ambiguous() => {
                let side = *side;
                self.lost_creation = Some(error);
                self.search(side);
            }
            (Phase::Update(..), Err(error)) => self.not_updated(error),
            (_, Err(error)) => self.fail(error),
            (_, Ok(_)) => {}
        }
    }

    fn bucket_id(&self, side: Side) -> &BucketId {
        match side {
            Side::Source => &self.ids.source,
            Side::Destination => &self.ids.destination,
        }
    }
}
