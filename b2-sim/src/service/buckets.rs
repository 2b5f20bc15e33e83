//! Calls for buckets.

use serde_json::{Value, json};

use super::Service;
use super::context::{CallContext, CallResult};
use crate::state::{
    Bucket, CorsRule, DefaultRetention, Encryption, LifecycleRule, check_bucket_name,
    check_replication,
};
use crate::wire::{ApiVersion, Params, Refusal};

const TYPES: [&str; 6] = ["all", "allPrivate", "allPublic", "restricted", "shared", "snapshot"];

/// The bucket types that are listed by default.
const DEFAULT_TYPES: [&str; 3] = ["allPrivate", "allPublic", "snapshot"];

impl Service {
    pub(super) fn create_bucket(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeBuckets")?;
        require_account(call)?;
        call.key.require_unrestricted()?;
        let name = call.params.text("bucketName")?;
        check_bucket_name(name)?;
        let mut bucket = Bucket::new(
            self.state.ids.bucket_id(),
            &call.key.account_id,
            name,
            settable_type(call.params.text("bucketType")?)?,
        );
        // A new bucket may be both; later, file lock cannot be enabled on a replication source.
        bucket.lock_enabled = enables_lock(&bucket, call)?;
        apply(&mut bucket, call)?;
        if self.state.bucket_named(name).is_some() {
            let message = "Bucket name is already in use.";
            return Err(Refusal::new(400, "duplicate_bucket_name", message));
        }
        let own = |bucket: &&Bucket| bucket.account_id == call.key.account_id;
        if self.state.buckets.values().filter(own).count() >= self.config.max_buckets {
            return Err(Refusal::new(
                400,
                "too_many_buckets",
                "the account has as many buckets as it may have",
            ));
        }
        let answer = bucket.to_json(&call.key);
        self.state.buckets.insert(bucket.id.clone(), bucket);
        self.replication_changed();
        Ok(answer)
    }

    pub(super) fn update_bucket(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeBuckets")?;
        require_account(call)?;
        let bucket_id = call.params.text("bucketId")?;
        call.key.require_bucket(bucket_id)?;
        let bucket = self.bucket_mut_of(&call.key, bucket_id)?;
        if let Some(revision) = call.params.optional_int("ifRevisionIs")?
            && u64::try_from(revision) != Ok(bucket.revision)
        {
            let message = "simultaneous updates to bucket";
            return Err(Refusal::new(409, "conflict", message));
        }
        // The copy makes sure that a refused update changes nothing.
        let mut changed = bucket.settings();
        if let Some(kind) = call.params.optional_text("bucketType")? {
            settable_type(kind)?.clone_into(&mut changed.kind);
        }
        apply(&mut changed, call)?;
        changed.revision += 1;
        changed.files = std::mem::take(&mut bucket.files);
        *bucket = changed;
        let answer = bucket.to_json(&call.key);
        if call.params.value("replicationConfiguration").is_some() {
            self.replication_changed();
        }
        Ok(answer)
    }

    pub(super) fn delete_bucket(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("deleteBuckets")?;
        require_account(call)?;
        let bucket_id = call.params.text("bucketId")?;
        call.key.require_bucket(bucket_id)?;
        if !self.bucket_of(&call.key, bucket_id)?.files.is_empty() {
            let message = "the bucket still has files, hide markers or unfinished large files";
            return Err(Refusal::new(400, "cannot_delete_non_empty_bucket", message));
        }
        let Some(mut bucket) = self.state.buckets.remove(bucket_id) else {
            return Err(Refusal::bad_bucket(bucket_id));
        };
        bucket.revision += 1;
        Ok(bucket.to_json(&call.key))
    }

    pub(super) fn list_buckets(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("listBuckets")?;
        require_account(call)?;
        let types = listed_types(call.params)?;
        let by_id = call.params.optional_text("bucketId")?;
        let by_name = call.params.optional_text("bucketName")?;
        let fits = |bucket: &&Bucket| {
            bucket.account_id == call.key.account_id
                && (types.iter().any(|kind| kind == "all" || *kind == bucket.kind))
                && by_id.is_none_or(|id| id == bucket.id)
                && by_name.is_none_or(|name| name.eq_ignore_ascii_case(&bucket.name))
        };
        let mut found: Vec<&Bucket> = self.state.buckets.values().filter(fits).collect();
        if let Some(allowed) = &call.key.buckets {
            if by_id.is_none() && by_name.is_none() {
                if call.version > ApiVersion::V1 {
                    return Err(Refusal::unauthorized());
                }
                found.retain(|bucket| allowed.contains(&bucket.id));
            } else {
                // Refuses names of other buckets like unknown names.
                let named = by_id.map(str::to_owned).or_else(|| {
                    let bucket = self.state.bucket_named(by_name?)?;
                    Some(bucket.id.clone())
                });
                call.key.require_bucket(named.as_deref().unwrap_or_default())?;
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let to_json = |bucket: &&Bucket| bucket.to_json(&call.key);
        Ok(json!({ "buckets": found.iter().map(to_json).collect::<Vec<_>>() }))
    }
}

/// Checks that a call is about the account of its key.
pub(super) fn require_account(call: &CallContext<'_>) -> Result<(), Refusal> {
    let own = call.params.text("accountId")? == call.key.account_id;
    own.then_some(()).ok_or_else(Refusal::unauthorized)
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
        // Comma-separated in a query.
        Some(Value::String(text)) if !text.starts_with('[') => {
            text.split(',').map(str::to_owned).collect()
        }
        Some(_) => params.optional::<Vec<String>>("bucketTypes")?.unwrap_or_default(),
    };
    let known = types.iter().all(|kind| TYPES.contains(&kind.as_str()));
    let all_alone = types.len() == 1 || !types.iter().any(|kind| kind == "all");
    if types.is_empty() || !known || !all_alone {
        return Err(Refusal::bad_request("bad bucketTypes"));
    }
    Ok(types)
}

/// Applies the settings of a create or an update.
fn apply(bucket: &mut Bucket, call: &CallContext<'_>) -> Result<(), Refusal> {
    let params = call.params;
    if let Some(info) = params.optional_map("bucketInfo")? {
        check_bucket_info(&info)?;
        bucket.info = info;
    }
    if let Some(rules) = params.optional::<Vec<CorsRule>>("corsRules")? {
        CorsRule::check_all(&rules)?;
        bucket.cors = rules;
    }
    if let Some(rules) = params.optional::<Vec<LifecycleRule>>("lifecycleRules")? {
        LifecycleRule::check_all(&rules)?;
        bucket.lifecycle = rules;
    }
    if let Some(setting) = params.value("defaultServerSideEncryption") {
        call.key.require("writeBucketEncryption")?;
        match Encryption::for_write(setting)? {
            Encryption::SseC(_) => {
                return Err(Refusal::bad_request("SSE-C cannot be a bucket's default"));
            }
            encryption => bucket.encryption = encryption,
        }
    }
    if let Some(value) = params.value("replicationConfiguration") {
        call.key.require("writeBucketReplications")?;
        bucket.replication = check_replication(value)?;
    }
    apply_lock(bucket, call)
}

/// Returns whether a bucket has file lock after the call.
fn enables_lock(bucket: &Bucket, call: &CallContext<'_>) -> Result<bool, Refusal> {
    match call.params.optional_flag("fileLockEnabled")? {
        Some(true) => {
            call.key.require("writeBucketRetentions")?;
            if bucket.kind == "restricted" {
                let message = "file lock cannot be enabled on a restricted bucket";
                return Err(Refusal::new(400, "restricted_bucket_conflict", message));
            }
            let source = bucket.replication.as_ref().map(|both| &both["asReplicationSource"]);
            if !bucket.lock_enabled && source.is_some_and(|source| !source.is_null()) {
                let message = "file lock cannot be enabled on a replication source";
                return Err(Refusal::new(400, "source_replication_conflict", message));
            }
            Ok(true)
        }
        Some(false) if bucket.lock_enabled => {
            let message = "file lock cannot be disabled";
            Err(Refusal::new(400, "file_lock_conflict", message))
        }
        Some(false) | None => Ok(bucket.lock_enabled),
    }
}

fn apply_lock(bucket: &mut Bucket, call: &CallContext<'_>) -> Result<(), Refusal> {
    bucket.lock_enabled = enables_lock(bucket, call)?;
    if let Some(value) = call.params.value("defaultRetention") {
        call.key.require("writeBucketRetentions")?;
        let retention = DefaultRetention::from_json(value)?;
        if retention.is_some() && !bucket.lock_enabled {
            return Err(Refusal::missing_file_lock());
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
