//! Grants, as an application in JavaScript writes them.

use alloc::string::String;
use alloc::vec::Vec;

use b2_client::Error;
use b2_client::proto::gateway::{Grant, Names, Uploads};
use b2_client::proto::model::FileInfo;
use serde::Deserialize;

use super::options::{self, Seconds};

/// `Grant`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GrantOptions {
    owner: String,
    bucket: String,
    bucket_id: Option<String>,
    prefix: String,
    any_prefix: Option<bool>,
    lifetime: Seconds,
    upload: Option<UploadGrant>,
    list: Option<bool>,
    download: Option<Download>,
    copy: Option<bool>,
    delete: Option<bool>,
}

/// `UploadGrant`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UploadGrant {
    max_bytes: u64,
    types: Vec<String>,
    names: Option<NameRule>,
    info: Option<FileInfo>,
    attachment: Option<bool>,
}

/// `UploadGrant.names`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum NameRule {
    AsGiven,
    Unique,
    Fixed(String),
}

/// `Grant.download`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`download` is true, false or \"attachment\"")]
enum Download {
    Allowed(bool),
    As(Disposition),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Disposition {
    Attachment,
}

/// Reads a grant from JSON.
pub(super) fn parse(json: &str) -> Result<Grant, Error> {
    let options: GrantOptions = options::parse("the grant", json)?;
    let GrantOptions { owner, bucket, prefix, lifetime: Seconds(lifetime), .. } = options;
    let mut grant = match options.bucket_id {
        Some(id) => Grant::new(owner, id, bucket, prefix, lifetime),
        None => Grant::in_own_bucket(owner, bucket, prefix, lifetime),
    };
    if options.any_prefix == Some(true) {
        grant = grant.any_prefix();
    }
    if let Some(upload) = options.upload {
        grant = grant.uploads(uploads(upload));
    }
    if options.list == Some(true) {
        grant = grant.list();
    }
    if options.copy == Some(true) {
        grant = grant.copy();
    }
    if options.delete == Some(true) {
        grant = grant.delete();
    }
    Ok(match options.download {
        None | Some(Download::Allowed(false)) => grant,
        Some(Download::Allowed(true)) => grant.download(),
        Some(Download::As(Disposition::Attachment)) => grant.download_attachments(),
    })
}

fn uploads(options: UploadGrant) -> Uploads {
    let mut uploads = Uploads::new(options.max_bytes, options.types);
    if let Some(names) = options.names {
        uploads = uploads.names(match names {
            NameRule::AsGiven => Names::AsGiven,
            NameRule::Unique => Names::Unique,
            NameRule::Fixed(name) => Names::Fixed(name),
        });
    }
    if let Some(info) = options.info {
        uploads = uploads.info(info);
    }
    if options.attachment == Some(true) { uploads.attachment() } else { uploads }
}
