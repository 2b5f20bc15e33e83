//! Grants, as an application in JavaScript writes them.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use b2_client::Error;
use b2_client::proto::gateway::{Grant, Names, Uploads};
use b2_client::proto::json::Json;
use b2_client::proto::model::FileInfo;

use super::error::bad_argument;
use super::options::{Options, invalid};

const GRANT: &[&str] = &[
    "owner",
    "bucket",
    "bucketId",
    "prefix",
    "anyPrefix",
    "lifetime",
    "upload",
    "list",
    "download",
];
const UPLOAD: &[&str] = &["maxBytes", "types", "names", "info", "attachment"];

/// Reads a grant.
pub(super) fn read(text: &str) -> Result<Grant, Error> {
    let json = Json::parse(text.as_bytes()).map_err(|error| bad_argument("the grant", &error))?;
    let written = Options::of(&json, "the grant", GRANT)?;
    let (owner, bucket): (String, String) = (written.read("owner")?, written.read("bucket")?);
    let prefix: String = written.read("prefix")?;
    let lifetime = written.seconds("lifetime")?;
    let lifetime =
        lifetime.ok_or_else(|| invalid("the grant: `lifetime` is missing".to_owned()))?;
    let mut grant = match written.read::<Option<String>>("bucketId")? {
        Some(id) => Grant::new(owner, id, bucket, prefix, lifetime),
        None => Grant::in_own_bucket(owner, bucket, prefix, lifetime),
    };
    if written.read::<Option<bool>>("anyPrefix")? == Some(true) {
        grant = grant.any_prefix();
    }
    if let Some(upload) = written.get("upload") {
        grant = grant.uploads(uploads(upload)?);
    }
    if written.read::<Option<bool>>("list")? == Some(true) {
        grant = grant.list();
    }
    match written.get("download") {
        None | Some(Json::Bool(false)) => {}
        Some(Json::Bool(true)) => grant = grant.download(),
        Some(text) if text.as_text() == Ok("attachment") => grant = grant.download_attachments(),
        Some(_) => return Err(invalid("`download` is true, false or attachment".to_owned())),
    }
    Ok(grant)
}

fn uploads(json: &Json<'_>) -> Result<Uploads, Error> {
    let written = Options::of(json, "upload of the grant", UPLOAD)?;
    let types: Vec<String> = written.read("types")?;
    let mut uploads = Uploads::new(written.read("maxBytes")?, types);
    if let Some(names) = written.get("names") {
        uploads = uploads.names(who_names(names)?);
    }
    if let Some(info) = written.read::<Option<FileInfo>>("info")? {
        uploads = uploads.info(info);
    }
    let attachment = written.read::<Option<bool>>("attachment")? == Some(true);
    Ok(if attachment { uploads.attachment() } else { uploads })
}

fn who_names(json: &Json<'_>) -> Result<Names, Error> {
    match json.as_text() {
        Ok("asGiven") => Ok(Names::AsGiven),
        Ok("unique") => Ok(Names::Unique),
        Ok(_) => Err(invalid("`names` is asGiven, unique, or { fixed }".to_owned())),
        Err(_) => Options::of(json, "names", &["fixed"])?.read("fixed").map(Names::Fixed),
    }
}
