//! Buckets: create, update, delete, list.

use serde_json::{Value, json};

use super::Service;
use super::dispatch::{Answer, Ask};
use crate::state::{
    Bucket, CorsRule, DefaultRetention, Encryption, LifecycleRule, check_bucket_name,
    check_replication,
};
use crate::wire::{ApiVersion, Params, Refusal, missing};

const TYPES: [&str; 6] = ["all", "allPrivate", "allPublic", "restricted", "shared", "snapshot"];

/// What a list shows when it is not told.
const DEFAULT_TYPES: [&str; 3] = ["allPrivate", "allPublic", "snapshot"];

impl Service {
    pub(super) fn need_account(&self, params: &Params) -> Result<(), Refusal> {
        if params.text("accountId")? == self.account_id() {
            Ok(())
        } else {
            Err(Refusal::unauthorized())
        }
    }

    pub(super) fn create_bucket(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("writeBuckets")?;
        self.need_account(ask.params)?;
        ask.key.need_whole_account()?;
        let name = ask.params.text("bucketName")?;
        check_bucket_name(name)?;
        let mut bucket = Bucket::new(
            self.state.ids.bucket_id(),
            name,
            settable_type(ask.params.text("bucketType")?)?,
        );
        apply(&mut bucket, ask)?;
        if self.state.bucket_named(name).is_some() {
            let message = "Bucket name is already in use.";
            return Err(Refusal::new(400, "duplicate_bucket_name", message));
        }
        if self.state.buckets.len() >= self.config.max_buckets {
            return Err(Refusal::new(
                400,
                "too_many_buckets",
                "the account has as many buckets as it may have",
            ));
        }
        let answer = bucket.to_json(self.account_id(), &ask.key);
        self.state.buckets.insert(bucket.id.clone(), bucket);
        Ok(answer)
    }

    pub(super) fn update_bucket(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("writeBuckets")?;
        self.need_account(ask.params)?;
        let bucket_id = ask.params.text("bucketId")?;
        ask.key.need_bucket(bucket_id)?;
        let account_id = self.account_id().to_owned();
        let bucket = self.bucket_mut(bucket_id)?;
        if let Some(revision) = ask.params.maybe_int("ifRevisionIs")?
            && u64::try_from(revision) != Ok(bucket.revision)
        {
            let message = "simultaneous updates to bucket";
            return Err(Refusal::new(409, "conflict", message));
        }
        // On a copy, so that a refused update changes nothing.
        let mut changed = bucket.settings();
        if let Some(kind) = ask.params.maybe_text("bucketType")? {
            settable_type(kind)?.clone_into(&mut changed.kind);
        }
        apply(&mut changed, ask)?;
        changed.revision += 1;
        changed.files = std::mem::take(&mut bucket.files);
        *bucket = changed;
        Ok(bucket.to_json(&account_id, &ask.key))
    }

    pub(super) fn delete_bucket(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("deleteBuckets")?;
        self.need_account(ask.params)?;
        let bucket_id = ask.params.text("bucketId")?;
        ask.key.need_bucket(bucket_id)?;
        if !self.bucket(bucket_id)?.files.is_empty() {
            let message = "the bucket still has files, hide markers or unfinished large files";
            return Err(Refusal::new(400, "cannot_delete_non_empty_bucket", message));
        }
        let Some(mut bucket) = self.state.buckets.remove(bucket_id) else {
            return Err(Refusal::bad_bucket(bucket_id));
        };
        bucket.revision += 1;
        Ok(bucket.to_json(self.account_id(), &ask.key))
    }

    pub(super) fn list_buckets(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("listBuckets")?;
        self.need_account(ask.params)?;
        let types = listed_types(ask.params)?;
        let by_id = ask.params.maybe_text("bucketId")?;
        let by_name = ask.params.maybe_text("bucketName")?;
        let fits = |bucket: &&Bucket| {
            (types.iter().any(|kind| kind == "all" || *kind == bucket.kind))
                && by_id.is_none_or(|id| id == bucket.id)
                && by_name.is_none_or(|name| name.eq_ignore_ascii_case(&bucket.name))
        };
        let mut found: Vec<&Bucket> = self.state.buckets.values().filter(fits).collect();
        if let Some(allowed) = &ask.key.buckets {
            if by_id.is_none() && by_name.is_none() {
                if ask.version > ApiVersion::V1 {
                    return Err(Refusal::unauthorized());
                }
                found.retain(|bucket| allowed.contains(&bucket.id));
            } else {
                // One by one, so that a name of somebody else's is refused like an unknown one.
                let named = by_id.map(str::to_owned).or_else(|| {
                    let bucket = self.state.bucket_named(by_name?)?;
                    Some(bucket.id.clone())
                });
                ask.key.need_bucket(named.as_deref().unwrap_or_default())?;
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let to_json = |bucket: &&Bucket| bucket.to_json(self.account_id(), &ask.key);
        Ok(json!({ "buckets": found.iter().map(to_json).collect::<Vec<_>>() }))
    }
}

fn settable_type(kind: &str) -> Result<&str, Refusal> {
    match kind {
        "allPublic" | "allPrivate" => Ok(kind),
        _ => Err(Refusal::bad_request("bucketType must be allPublic or allPrivate")),
    }
}

fn listed_types(params: &Params) -> Result<Vec<String>, Refusal> {
    let types = match params.value("bucketTypes") {
        None => return Ok(DEFAULT_TYPES.map(str::to_owned).to_vec()),
        // In a query: comma-separated.
        Some(Value::String(text)) if !text.starts_with('[') => {
            text.split(',').map(str::to_owned).collect()
        }
        Some(_) => params.maybe::<Vec<String>>("bucketTypes")?.unwrap_or_default(),
    };
    let known = types.iter().all(|kind| TYPES.contains(&kind.as_str()));
    let all_alone = types.len() == 1 || !types.iter().any(|kind| kind == "all");
    if types.is_empty() || !known || !all_alone {
        return Err(Refusal::bad_request("bad bucketTypes"));
    }
    Ok(types)
}

/// Applies the settings that a create or an update gives, each to a field of its own.
fn apply(bucket: &mut Bucket, ask: &Ask<'_>) -> Result<(), Refusal> {
    let params = ask.params;
    if let Some(info) = params.maybe_map("bucketInfo")? {
        check_bucket_info(&info)?;
        bucket.info = info;
    }
    if let Some(rules) = params.maybe::<Vec<CorsRule>>("corsRules")? {
        CorsRule::check_all(&rules)?;
        bucket.cors = rules;
    }
    if let Some(rules) = params.maybe::<Vec<LifecycleRule>>("lifecycleRules")? {
        LifecycleRule::check_all(&rules)?;
        bucket.lifecycle = rules;
    }
    if let Some(setting) = params.value("defaultServerSideEncryption") {
        ask.key.need("writeBucketEncryption")?;
        match Encryption::from_json(setting)? {
            Encryption::SseC(_) => {
                return Err(Refusal::bad_request("SSE-C cannot be a bucket's default"));
            }
            encryption => bucket.encryption = encryption,
        }
    }
    if let Some(value) = params.value("replicationConfiguration") {
        ask.key.need("writeBucketReplications")?;
        bucket.replication = check_replication(value)?;
    }
    apply_lock(bucket, ask)
}

fn apply_lock(bucket: &mut Bucket, ask: &Ask<'_>) -> Result<(), Refusal> {
    match ask.params.maybe_flag("fileLockEnabled")? {
        Some(true) => {
            ask.key.need("writeBucketRetentions")?;
            if bucket.kind == "restricted" {
                let message = "file lock cannot be enabled on a restricted bucket";
                return Err(Refusal::new(400, "restricted_bucket_conflict", message));
            }
            let source = bucket.replication.as_ref().map(|both| &both["asReplicationSource"]);
            if !bucket.lock_enabled && source.is_some_and(|source| !source.is_null()) {
                let message = "file lock cannot be enabled on a replication source";
                return Err(Refusal::new(400, "source_replication_conflict", message));
            }
            bucket.lock_enabled = true;
        }
        Some(false) if bucket.lock_enabled => {
            let message = "file lock cannot be disabled";
            return Err(Refusal::new(400, "file_lock_conflict", message));
        }
        Some(false) | None => {}
    }
    if let Some(value) = ask.params.value("defaultRetention") {
        ask.key.need("writeBucketRetentions")?;
        let retention = DefaultRetention::from_json(value)?;
        if retention.is_some() && !bucket.lock_enabled {
            return Err(super::locks::missing_file_lock());
        }
        bucket.default_retention = retention;
    }
    Ok(())
}

fn check_bucket_info(info: &std::collections::BTreeMap<String, String>) -> Result<(), Refusal> {
    let plain = |name: &String| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=50).contains(&name.len()) && name.bytes().all(allowed)
    };
    if info.len() > 10 || !info.keys().all(plain) {
        return Err(Refusal::bad_request("bad bucketInfo"));
    }
    Ok(())
}

/// For fields that may hold anything but must be there.
pub(super) fn need_value<'a>(params: &'a Params, name: &str) -> Result<&'a Value, Refusal> {
    params.value(name).ok_or_else(|| missing(name))
}
