//! Calls for application keys.

use b2_proto::secret::Secret;
use b2_proto::time::Timestamp;
use serde_json::json;

use super::Service;
use super::buckets::require_account;
use super::context::{CallContext, CallResult};
use crate::state::{ACCOUNT_LEVEL, Key};
use crate::wire::{ApiVersion, Refusal};

/// A thousand days.
const MAX_SECONDS: i64 = 86_400_000;

impl Service {
    pub(super) fn create_key(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeKeys")?;
        require_account(call)?;
        call.key.require_unrestricted()?;
        let name = call.params.text("keyName")?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !(1..=100).contains(&name.len()) || !plain {
            return Err(Refusal::bad_request("bad keyName"));
        }
        let capabilities: Vec<String> = call.params.optional("capabilities")?.unwrap_or_default();
        if capabilities.is_empty() {
            return Err(Refusal::bad_request("capabilities must not be empty"));
        }
        if !capabilities.iter().all(|capability| call.key.has(capability)) {
            return Err(Refusal::bad_request("a key cannot give more than it has"));
        }
        let buckets = if call.version >= ApiVersion::V4 {
            call.params.optional::<Vec<String>>("bucketIds")?
        } else {
            let one = call.params.optional_text("bucketId")?;
            one.map(|id| vec![id.to_owned()])
        };
        if buckets.as_ref().is_some_and(Vec::is_empty) {
            return Err(Refusal::bad_request("bucketIds must not be empty"));
        }
        let account_level = |held: &String| ACCOUNT_LEVEL.contains(&held.as_str());
        if buckets.is_some() && capabilities.iter().any(account_level) {
            return Err(Refusal::bad_request(
                "a key for some buckets cannot hold capabilities of the account",
            ));
        }
        let seconds = call.params.optional_int("validDurationInSeconds")?;
        if seconds.is_some_and(|seconds| !(1..=MAX_SECONDS).contains(&seconds)) {
            return Err(Refusal::bad_request("validDurationInSeconds is 1 to 86400000"));
        }
        let expires = seconds.map(|seconds| {
            Timestamp::from_millis(call.now.as_millis() + seconds.unsigned_abs() * 1_000)
        });
        let prefix = call.params.optional_text("namePrefix")?.filter(|prefix| !prefix.is_empty());
        let key = Key {
            id: self.state.ids.key_id(&call.key.account_id),
            account_id: call.key.account_id.clone(),
            secret: Secret::new(self.state.ids.key()),
            name: name.to_owned(),
            capabilities,
            buckets,
            prefix: prefix.map(str::to_owned),
            expires,
        };
        let mut answer = key.to_json(call.version);
        answer["applicationKey"] = json!(key.secret.expose());
        self.state.keys.insert(key.id.clone(), key);
        Ok(answer)
    }

    pub(super) fn list_keys(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("listKeys")?;
        require_account(call)?;
        call.key.require_unrestricted()?;
        let count = super::listing::limit(call.params, "maxKeyCount", 100, 10_000)?;
        let start = call.params.optional_text("startApplicationKeyId")?.unwrap_or_default();
        // Versions before 4 cannot describe keys for several buckets.
        let shown = |key: &&Key| {
            key.account_id == call.key.account_id
                && !key.is_master()
                && !key.is_expired(call.now)
                && (call.version >= ApiVersion::V4
                    || key.buckets.as_ref().is_none_or(|b| b.len() < 2))
        };
        let from = self.state.keys.range(start.to_owned()..);
        let mut keys = from.map(|(_, key)| key).filter(shown);
        let page: Vec<_> = keys.by_ref().take(count).map(|key| key.to_json(call.version)).collect();
        let next = keys.next().map(|key| &key.id);
        Ok(json!({ "keys": page, "nextApplicationKeyId": next }))
    }

    pub(super) fn delete_key(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("deleteKeys")?;
        call.key.require_unrestricted()?;
        let id = call.params.text("applicationKeyId")?;
        let found = self.state.keys.get(id).filter(|key| key.account_id == call.key.account_id);
        if found.is_some_and(Key::is_master) {
            return Err(Refusal::bad_request("the master key cannot be deleted"));
        }
        let Some(key) = found.cloned() else {
            return Err(Refusal::bad_request(format!("invalid applicationKeyId: {id}")));
        };
        self.state.keys.remove(id);
        self.tokens.forget_key(id);
        Ok(key.to_json(call.version))
    }
}
