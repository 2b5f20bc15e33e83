//! `b2_get_download_authorization`.

use std::collections::BTreeMap;

use b2_proto::time::Timestamp;
use serde_json::json;

use super::Service;
use super::dispatch::{Answer, Ask};
use super::download::OVERRIDES;
use crate::state::DownloadToken;
use crate::wire::Refusal;

/// A week.
const MAX_SECONDS: i64 = 604_800;

impl Service {
    pub(super) fn get_download_authorization(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("shareFiles")?;
        let bucket_id = ask.params.text("bucketId")?;
        let prefix = ask.params.text("fileNamePrefix")?;
        let seconds = ask.params.maybe_int("validDurationInSeconds")?.unwrap_or_default();
        if !(1..=MAX_SECONDS).contains(&seconds) {
            return Err(Refusal::bad_request("validDurationInSeconds is 1 to 604800"));
        }
        let mut overrides = BTreeMap::new();
        for (name, _) in OVERRIDES {
            if let Some(value) = ask.params.maybe_text(name)? {
                overrides.insert(name.to_owned(), value.to_owned());
            }
        }
        ask.key.need_bucket(bucket_id)?;
        ask.key.need_prefix(prefix)?;
        self.bucket(bucket_id)?;
        let token = self.state.ids.token(&self.config.credentials.key_id, "dnld");
        let millis = seconds.unsigned_abs() * 1_000;
        self.tokens.download.insert(
            token.clone(),
            DownloadToken {
                key_id: ask.key.id.clone(),
                bucket_id: bucket_id.to_owned(),
                prefix: prefix.to_owned(),
                expires: Timestamp::from_millis(ask.now.as_millis() + millis),
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
