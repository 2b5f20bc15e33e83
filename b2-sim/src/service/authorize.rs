//! `b2_authorize_account`.

use std::sync::Arc;

use b2_proto::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::Service;
use super::context::CallResult;
use crate::log::LogEntry;
use crate::state::{Key, Tokens};
use crate::wire::{ApiVersion, Refusal, Reply, json};

impl Service {
    pub(super) fn authorize(
        &mut self,
        now: Timestamp,
        version: ApiVersion,
        authorization: Option<&str>,
    ) -> CallResult {
        let (key_id, secret) = authorization.and_then(basic).ok_or_else(Refusal::bad_auth_token)?;
        let key = self
            .state
            .keys
            .get(&key_id)
            .filter(|key| key.secret.expose() == secret)
            .ok_or_else(Refusal::unauthorized)?
            .clone();
        if key.is_expired(now) {
            return Err(Refusal::unauthorized());
        }
        let several = key.buckets.as_ref().is_some_and(|ids| ids.len() > 1);
        if several && version < ApiVersion::V4 {
            return Err(Refusal::new(401, "unsupported", ""));
        }
        self.tokens.prune(now);
        let token = self.state.ids.token(&key.account_id, "acct");
        let value = self.authorization(&key, &token, version);
        self.tokens.account.insert(
            token,
            crate::state::AccountToken { key: Arc::new(key), expires: Tokens::in_a_day(now) },
        );
        Ok(value)
    }

    /// Returns the JSON of the response, which depends on the version.
    fn authorization(&self, key: &Key, token: &str, version: ApiVersion) -> Value {
        let url = &self.config.base_url;
        let name_of = |id: &String| self.state.buckets.get(id).map(|bucket| &bucket.name);
        let bucket_id = key.buckets.as_ref().and_then(|ids| ids.first());
        let bucket_name = bucket_id.and_then(name_of);
        let mut storage = json!({
            "apiUrl": url,
            "downloadUrl": url,
            "s3ApiUrl": url,
            "recommendedPartSize": self.config.recommended_part_size,
            "absoluteMinimumPartSize": self.config.absolute_minimum_part_size,
        });
        let account_id = &key.account_id;
        match version {
            ApiVersion::V1 | ApiVersion::V2 => {
                storage["accountId"] = json!(account_id);
                storage["authorizationToken"] = json!(token);
                storage["allowed"] = json!({
                    "capabilities": key.capabilities,
                    "bucketId": bucket_id,
                    "bucketName": bucket_name,
                    "namePrefix": key.prefix,
                });
                if version == ApiVersion::V1 {
                    storage["minimumPartSize"] = json!(self.config.recommended_part_size);
                }
                return storage;
            }
            ApiVersion::V3 => {
                storage["infoType"] = json!("storageApi");
                storage["capabilities"] = json!(key.capabilities);
                storage["bucketId"] = json!(bucket_id);
                storage["bucketName"] = json!(bucket_name);
                storage["namePrefix"] = json!(key.prefix);
            }
            ApiVersion::V4 => {
                let named = |id: &String| json!({ "id": id, "name": name_of(id) });
                let buckets = key.buckets.as_ref();
                storage["allowed"] = json!({
                    "buckets": buckets.map(|ids| ids.iter().map(named).collect::<Vec<_>>()),
                    "capabilities": key.capabilities,
                    "namePrefix": key.prefix,
                });
            }
        }
        json!({
            "accountId": account_id,
            "authorizationToken": token,
            "applicationKeyExpirationTimestamp": key.expires,
            "apiInfo": { "storageApi": storage },
        })
    }

    pub(super) fn authorize_reply(
        &mut self,
        now: Timestamp,
        entry: LogEntry,
        answer: CallResult,
    ) -> Reply {
        let reply = match answer {
            Ok(value) => json(200, &value),
            Err(refusal) => {
                let mut reply = Reply::from(refusal);
                reply.headers_mut().insert(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("BASIC realm=\"authorize_account\""),
                );
                reply
            }
        };
        self.log_reply(now, entry, reply)
    }
}

/// Returns the key id and the key of a `Basic` authorization.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (key_id, key) = pair.split_once(':')?;
    Some((key_id.to_owned(), key.to_owned()))
}
