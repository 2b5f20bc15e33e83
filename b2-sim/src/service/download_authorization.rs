//! `b2_get_download_authorization`.

use std::collections::BTreeMap;

use b2_proto::time::Timestamp;
use serde_json::json;

use super::Service;
use super::context::{CallContext, CallResult};
use super::download::OVERRIDES;
use crate::state::DownloadToken;
use crate::wire::Refusal;

/// A week.
const MAX_SECONDS: i64 = 604_800;

impl Service {
    pub(super) fn get_download_authorization(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("shareFiles")?;
        let bucket_id = call.params.text("bucketId")?;
        let prefix = call.params.text("fileNamePrefix")?;
        let seconds = call.params.optional_int("validDurationInSeconds")?.unwrap_or_default();
        if !(1..=MAX_SECONDS).contains(&seconds) {
            return Err(Refusal::bad_request("validDurationInSeconds is 1 to 604800"));
        }
        let mut overrides = BTreeMap::new();
        for (name, _) in OVERRIDES {
            if let Some(value) = call.params.optional_text(name)? {
                overrides.insert(name.to_owned(), value.to_owned());
            }
        }
        call.key.require_bucket(bucket_id)?;
        call.key.require_prefix(prefix)?;
        self.bucket_of(&call.key, bucket_id)?;
        let token = self.state.ids.token(&call.key.account_id, "dnld");
        let millis = seconds.unsigned_abs() * 1_000;
        self.tokens.download.insert(
            token.clone(),
            DownloadToken {
                key_id: call.key.id.clone(),
                bucket_id: bucket_id.to_owned(),
                prefix: prefix.to_owned(),
                expires: Timestamp::from_millis(call.now.as_millis() + millis),
                overrides,
            },
        );
        Ok(json!({
            "bucketId": bucket_id,
            "fileNamePrefix": prefix,
            "authorizationToken": token,
        }))
    }
}
