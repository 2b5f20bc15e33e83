//! Grants, as an application in JavaScript writes them.

use std::collections::BTreeMap;

use b2_client::Error;
use b2_client::proto::gateway::{Grant, Names, Uploads};
use b2_client::proto::{self, ErrorKind};
use serde::Deserialize;

use super::error::bad_argument;
use super::gateway::seconds;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    owner: String,
    bucket: String,
    bucket_id: Option<String>,
    prefix: String,
    lifetime: f64,
    upload: Option<Upload>,
    #[serde(default)]
    list: bool,
    #[serde(default)]
    download: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Upload {
    max_bytes: u64,
    types: Vec<String>,
    names: Option<Named>,
    info: Option<BTreeMap<String, String>>,
    #[serde(default)]
    attachment: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Named {
    AsGiven,
    Unique,
    Fixed(String),
}

/// Reads a grant.
pub(super) fn read(text: &str) -> Result<Grant, Error> {
    let written: Written = serde_json::from_slice(text.as_bytes())
        .map_err(|error| bad_argument("the grant", &error))?;
    let Written { owner, bucket, prefix, .. } = written;
    let lifetime = seconds(written.lifetime);
    if lifetime.is_zero() {
        let message = "the lifetime of a grant is a number of seconds above 0";
        return Err(proto::Error::new(ErrorKind::InvalidInput, message).into());
    }
    let mut grant = match written.bucket_id {
        Some(id) => Grant::new(owner, id, bucket, prefix, lifetime),
        None => Grant::in_own_bucket(owner, bucket, prefix, lifetime),
    };
    if let Some(upload) = written.upload {
        grant = grant.uploads(upload.into());
    }
    if written.list {
        grant = grant.list();
    }
    if written.download {
        grant = grant.download();
    }
    Ok(grant)
}

impl From<Upload> for Uploads {
    fn from(upload: Upload) -> Self {
        let mut uploads = Self::new(upload.max_bytes, upload.types);
        if let Some(names) = upload.names {
            uploads = uploads.names(match names {
                Named::AsGiven => Names::AsGiven,
                Named::Unique => Names::Unique,
                Named::Fixed(rest) => Names::Fixed(rest),
            });
        }
        if let Some(info) = upload.info {
            uploads = uploads.info(info.into_iter().collect());
        }
        if upload.attachment { uploads.attachment() } else { uploads }
    }
}
