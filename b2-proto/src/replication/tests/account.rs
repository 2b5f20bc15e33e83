//! The buckets and keys of both accounts.

use alloc::collections::BTreeMap;

use serde_json::{from_value, json};

use crate::api::UpdateBucket;
use crate::error::{Error, ErrorKind};
use crate::model::{
    ApplicationKey, ApplicationKeyId, BucketInfo, Capability, FullApplicationKey, Readable,
    ReplicationConfiguration,
};
use crate::replication::*;

/// What happens to a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Runs,
    /// It has its effect, and the response is lost.
    Lost,
    /// It has no effect, and fails.
    Fails,
    /// The process ends before it.
    Dies,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Accounts {
    pub(super) buckets: BTreeMap<String, BucketInfo>,
    pub(super) keys: BTreeMap<ApplicationKeyId, ApplicationKey>,
    created: usize,
    /// The names of the calls.
    pub(super) calls: Vec<&'static str>,
}

impl Accounts {
    pub(super) fn new() -> Self {
        let mut accounts = Self::default();
        for number in 1..=3 {
            let bucket = json!({
                "bucketId": format!("id{number}"), "bucketName": format!("bucket{number}"),
                "bucketType": "allPrivate", "revision": 1,
            });
            accounts.buckets.insert(format!("id{number}"), from_value(bucket).unwrap());
        }
        accounts
    }

    pub(super) fn replication(&self, bucket: &str) -> &ReplicationConfiguration {
        self.buckets[bucket].replication.value().unwrap()
    }

    pub(super) fn set_replication(&mut self, bucket: &str, replication: ReplicationConfiguration) {
        let bucket = self.buckets.get_mut(bucket).unwrap();
        bucket.replication = Readable::Value(replication);
        bucket.revision += 1;
    }

    pub(super) fn put_key(&mut self, id: &str, bucket: &str, capabilities: &[Capability]) {
        let key = json!({
            "keyName": "other", "applicationKeyId": id, "capabilities": capabilities,
            "accountId": "acc", "bucketIds": [bucket],
        });
        self.keys.insert(id.into(), from_value(key).unwrap());
    }

    fn update(&mut self, update: UpdateBucket) -> Result<BucketInfo, Error> {
        let bucket = self.buckets.get_mut(update.bucket_id.as_str()).unwrap();
        if update.if_revision_is.is_some_and(|revision| revision != bucket.revision) {
            return Err(Error::new(ErrorKind::Conflict, "simultaneous updates to bucket"));
        }
        bucket.replication = Readable::Value(update.replication_configuration.unwrap());
        bucket.revision += 1;
        Ok(bucket.clone())
    }

    pub(super) fn respond(&mut self, call: SetupCall) -> Result<SetupResponse, Error> {
        match call {
            SetupCall::Buckets(list) => {
                let found = self.buckets.get(list.bucket_id.unwrap().as_str());
                let list = json!({ "buckets": found.into_iter().collect::<Vec<_>>() });
                Ok(SetupResponse::Buckets(from_value(list).unwrap()))
            }
            SetupCall::Keys(list) => {
                let start = list.start_application_key_id.unwrap_or_default();
                let count = list.max_key_count.unwrap() as usize;
                let mut keys = self.keys.range(start..).map(|(_, key)| key);
                let page: Vec<_> = keys.by_ref().take(count.min(2)).collect();
                let next = keys.next().map(|key| &key.application_key_id);
                let page = json!({ "keys": page, "nextApplicationKeyId": next });
                Ok(SetupResponse::Keys(from_value(page).unwrap()))
            }
            SetupCall::CreateKey(create) => {
                self.created += 1;
                let mut key = serde_json::to_value(&create).unwrap();
                key["applicationKeyId"] = json!(format!("key{}", self.created));
                (key["accountId"], key["applicationKey"]) = (json!("acc"), json!("secret"));
                let full: FullApplicationKey = from_value(key).unwrap();
                self.keys.insert(full.key.application_key_id.clone(), full.key.clone());
                Ok(SetupResponse::CreateKey(Box::new(full)))
            }
            SetupCall::Update(update) => {
                self.update(*update).map(|bucket| SetupResponse::Update(Box::new(bucket)))
            }
            SetupCall::DeleteKey(delete) => {
                Ok(SetupResponse::DeleteKey(self.keys.remove(&delete.application_key_id).unwrap()))
            }
        }
    }

    /// Runs a set-up. `fate` decides about each call by its number. `None`: the process died.
    pub(super) fn run(
        &mut self,
        mut setup: Setup,
        mut fate: impl FnMut(usize, &SetupCall) -> Fate,
    ) -> Option<Result<ReplicationSetup, Error>> {
        self.calls.clear();
        for number in 0..100 {
            let call = match setup.next_step() {
                SetupStep::Call(_, call) => call,
                SetupStep::Done(result) => return Some(*result),
            };
            self.calls.push(match &call {
                SetupCall::Buckets(_) => "buckets",
                SetupCall::Keys(_) => "keys",
                SetupCall::CreateKey(_) => "create",
                SetupCall::Update(_) => "update",
                SetupCall::DeleteKey(_) => "delete",
            });
            let result = match fate(number, &call) {
                Fate::Runs => self.respond(call),
                Fate::Lost => {
                    let first = self.respond(call.clone());
                    match call {
                        // An update is repeated.
                        SetupCall::Update(_) if first.is_ok() => self.respond(call),
                        _ => Err(Error::unreadable_response("cut off")),
                    }
                }
                Fate::Fails => Err(Error::new(ErrorKind::Unauthorized, "not allowed")),
                Fate::Dies => return None,
            };
            setup.took(result);
        }
        panic!("the set-up does not end: {:?}", self.calls);
    }

    pub(super) fn ok(&mut self, setup: Setup) -> ReplicationSetup {
        self.run(setup, |_, _| Fate::Runs).unwrap().unwrap()
    }
}
