//! `b2 key`: application keys.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use b2_proto::api::CreateKey;
use b2_proto::model::{ApplicationKey, BucketId, Capability};
use clap::{Args, Subcommand};
use futures::StreamExt;
use serde_json::json;

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{all_readable, readable};
use crate::uri::bucket_name;

/// The subcommands of `b2 key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Create an application key and print its ID and the key, which B2 never shows again
    Create(Create),
    /// List application keys
    List(List),
    /// Delete an application key
    Delete(Delete),
}

/// The arguments of `b2 key list`.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Also print buckets, expiry, prefix and capabilities
    #[arg(short, long)]
    long: bool,
}

/// The arguments of `b2 key delete`.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// The ID of the key
    key_id: String,
}

/// The arguments of `b2 key create`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  b2 key create reader listBuckets,listFiles,readFiles --bucket my-photos
  b2 key create uploader writeFiles --bucket my-photos --name-prefix incoming/ --duration 86400
  b2 key create everything --all-capabilities")]
pub(crate) struct Create {
    /// A name, which need not be unique
    name: String,
    /// The capabilities, separated by commas
    #[arg(value_delimiter = ',', required_unless_present = "all_capabilities")]
    capabilities: Vec<String>,
    /// Give it all capabilities
    #[arg(long, conflicts_with = "capabilities")]
    all_capabilities: bool,
    /// Restrict it to this bucket; may be given several times
    #[arg(long, value_name = "BUCKET", value_parser = bucket_name)]
    bucket: Vec<String>,
    /// Restrict it to files whose names start with this
    #[arg(long, value_name = "PREFIX")]
    name_prefix: Option<String>,
    /// How long it is valid, in seconds; at most 1,000 days [default: no limit]
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
}

impl Key {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(List { long }) => list(context, long).await,
            Self::Delete(Delete { key_id }) => {
                let deleted = context.client().await?.delete_key(key_id.into()).await?;
                if context.output.is_json() {
                    return context.output.json(&deleted.as_dict());
                }
                context.output.line(deleted.application_key_id)
            }
        }
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), CliError> {
        let client = context.client().await?;
        let capabilities: BTreeSet<Capability> = if self.all_capabilities {
            let own = client.authorization().await?.allowed.capabilities.clone();
            // B2 refuses these to most accounts.
            let special =
                [Capability::READ_BUCKET_NOTIFICATIONS, Capability::WRITE_BUCKET_NOTIFICATIONS];
            let known = Capability::ALL.iter().filter(|known| !special.contains(known));
            known.cloned().chain(own).collect()
        } else {
            self.capabilities.iter().map(|name| Capability::from(name.trim())).collect()
        };
        let mut ids = Vec::new();
        for name in &self.bucket {
            ids.push(client.bucket(name).await?.id().clone());
        }
        let mut call = CreateKey::new(self.name, capabilities);
        call.bucket_ids = Some(ids).filter(|ids| !ids.is_empty());
        call.name_prefix = self.name_prefix;
        call.valid_duration = self.duration.map(Duration::from_secs);
        let full = client.create_key(call).await?;
        if context.output.is_json() {
            let mut json = full.key.as_dict();
            json["applicationKey"] = json!(full.application_key.expose());
            return context.output.json(&json);
        }
        context.output.print(format!(
            "{} {}",
            full.key.application_key_id,
            full.application_key.expose()
        ))
    }
}

async fn list(context: &Context, long: bool) -> Result<(), CliError> {
    let client = context.client().await?;
    let mut keys = std::pin::pin!(client.list_keys());
    let mut unreadable = 0;
    if context.output.is_json() {
        let mut array = context.output.json_array();
        while let Some(key) = keys.next().await {
            if let Some(key) = readable(context, key, &mut unreadable)? {
                array.push(&key.as_dict())?;
            }
        }
        array.finish()?;
        return all_readable(unreadable);
    }
    let mut names = None;
    while let Some(key) = keys.next().await {
        let Some(key) = readable(context, key, &mut unreadable)? else {
            continue;
        };
        if !long {
            context.output.line(format!("{}   {:<20}", key.application_key_id, key.key_name))?;
            continue;
        }
        if key.bucket_ids.is_some() && names.is_none() {
            let buckets = client.list_buckets().each().await?;
            let pairs = buckets.into_iter().flatten();
            let pairs = pairs.map(|bucket| (bucket.id().clone(), bucket.name().to_owned()));
            names = Some(pairs.collect::<BTreeMap<_, _>>());
        }
        context.output.line(long_line(&key, names.as_ref()))?;
    }
    all_readable(unreadable)
}

fn long_line(key: &ApplicationKey, names: Option<&BTreeMap<BucketId, String>>) -> String {
    let name = |id: &BucketId| {
        let known = names.and_then(|names| names.get(id));
        known.cloned().unwrap_or_else(|| format!("id={id}"))
    };
    let buckets = match &key.bucket_ids {
        Some(ids) => ids.iter().map(name).collect::<Vec<_>>().join(", "),
        None => "-".to_owned(),
    };
    let expiry = key.expiration_timestamp.map(|time| time.to_string());
    let (date, time) =
        expiry.as_deref().and_then(|text| text.split_once(' ')).unwrap_or(("-", "-"));
    let capabilities: Vec<_> = key.capabilities.iter().map(Capability::as_str).collect();
    format!(
        "{}   {:<20}   {:<20}   {:<10}   {:<8}   '{}'   {}",
        key.application_key_id,
        key.key_name,
        buckets,
        date,
        time,
        key.name_prefix.as_deref().unwrap_or_default(),
        capabilities.join(",")
    )
}
