//! The JSON file of version 0.5.2 of Backblaze's tool.

use b2_proto::account::{Authorization, Credentials, Snapshot};
use serde::Deserialize;

#[derive(Deserialize)]
struct Legacy {
    account_id: String,
    application_key: String,
    account_auth_token: String,
    api_url: String,
    download_url: String,
    minimum_part_size: u64,
    realm: String,
}

/// Returns the account in such a file, or `None` if the text is not one.
pub(super) fn read(text: &[u8]) -> Option<Snapshot> {
    let legacy: Legacy = serde_json::from_slice(text).ok()?;
    let mut authorization = Authorization::new(
        legacy.account_id.as_str().into(),
        legacy.account_auth_token.into(),
        &legacy.api_url,
        &legacy.download_url,
    );
    authorization.recommended_part_size = legacy.minimum_part_size;
    Some(Snapshot {
        credentials: Credentials {
            realm: legacy.realm,
            application_key_id: legacy.account_id.into(),
            application_key: legacy.application_key.into(),
        },
        authorization: Some(authorization),
        buckets: Default::default(),
    })
}
