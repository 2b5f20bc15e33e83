//! `b2 bucket`: buckets and their settings.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::api::{CreateBucket, UpdateBucket};
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::{
    BucketRetention, BucketType, CorsRule, EncryptionSetting, LifecycleRule,
    ReplicationConfiguration, RetentionPeriod, RetentionUnit,
};
use clap::{Args, Subcommand, ValueEnum};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::notification;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{all_readable, readable};
use crate::uri::bucket_name;

/// The subcommands of `b2 bucket`.
#[derive(Debug, Subcommand)]
pub(crate) enum Bucket {
    /// Create a bucket and print its ID
    Create(Create),
    /// List all buckets
    List,
    /// Print a bucket and its settings
    Get(Get),
    /// Change settings of a bucket
    Update(Update),
    /// Delete an empty bucket
    Delete(Delete),
    /// Print a token that downloads files of a private bucket
    #[command(alias = "get_download_auth")]
    GetDownloadAuth(GetDownloadAuth),
    /// List, create, change and delete event notification rules
    #[command(subcommand, alias = "notification_rule")]
    NotificationRule(notification::Rules),
}

/// The arguments of `b2 bucket get`.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    bucket: String,
    /// Also count its files and bytes, including all versions
    #[arg(long)]
    show_size: bool,
}

/// The arguments of `b2 bucket delete`.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    bucket: String,
}

/// The arguments of `b2 bucket get-download-auth`.
#[derive(Args, Debug)]
pub(crate) struct GetDownloadAuth {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    bucket: String,
    /// Only for files whose names start with this
    #[arg(long, default_value = "")]
    prefix: String,
    /// How long the token is valid, in seconds; at most a week
    #[arg(long, default_value_t = 86_400)]
    duration: u64,
}

/// The type of a bucket: who can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Type {
    /// Everyone can read it
    #[value(name = "allPublic")]
    Public,
    /// Reading needs authorization
    #[value(name = "allPrivate")]
    Private,
}

impl From<Type> for BucketType {
    fn from(kind: Type) -> Self {
        match kind {
            Type::Public => Self::AllPublic,
            Type::Private => Self::AllPrivate,
        }
    }
}

/// The arguments of `b2 bucket create`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  b2 bucket create my-photos allPrivate
  b2 bucket create my-site allPublic --cors-rules '[{\"corsRuleName\": \"uploads\", \"allowedOrigins\": [\"*\"],
      \"allowedOperations\": [\"b2_upload_file\"], \"allowedHeaders\": [\"*\"], \"maxAgeSeconds\": 3600}]'
  b2 bucket create my-logs allPrivate \\
      --lifecycle-rule '{\"fileNamePrefix\": \"\", \"daysFromHidingToDeleting\": 7}'")]
pub(crate) struct Create {
    /// 6 to 63 letters, digits, '-' and '.', unique among all accounts
    #[arg(value_parser = bucket_name)]
    bucket: String,
    /// Who can read the files
    #[arg(value_name = "TYPE")]
    kind: Type,
    #[command(flatten)]
    settings: Settings,
}

/// The arguments of `b2 bucket update`.
#[derive(Args, Debug)]
#[command(after_help = "\
Each given setting replaces the old one.

Examples:
  b2 bucket update my-photos allPublic
  b2 bucket update my-photos --default-server-side-encryption SSE-B2
  b2 bucket update my-vault --default-retention-mode governance --default-retention-period '30 days'")]
pub(crate) struct Update {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    bucket: String,
    /// Who can read the files
    #[arg(value_name = "TYPE")]
    kind: Option<Type>,
    #[command(flatten)]
    settings: Settings,
    /// The retention of new files: governance, compliance or none
    #[arg(long, value_name = "MODE", value_parser = ["governance", "compliance", "none"])]
    default_retention_mode: Option<String>,
    /// How long new files are retained: 'N days' or 'N years'
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    default_retention_period: Option<RetentionPeriod>,
}

/// The settings of a new or an existing bucket.
#[derive(Args, Debug)]
struct Settings {
    /// Names and values to store with the bucket, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = json::<BTreeMap<String, String>>)]
    bucket_info: Option<BTreeMap<String, String>>,
    /// The CORS rules, as a JSON array
    #[arg(long, value_name = "JSON", value_parser = list::<CorsRule>)]
    cors_rules: Option<List<CorsRule>>,
    /// A lifecycle rule, as a JSON object; may be given several times
    #[arg(long, value_name = "JSON", value_parser = json::<LifecycleRule>)]
    lifecycle_rule: Vec<LifecycleRule>,
    /// The lifecycle rules, as one JSON array
    #[arg(long, value_name = "JSON", value_parser = list::<LifecycleRule>, conflicts_with = "lifecycle_rule")]
    lifecycle_rules: Option<List<LifecycleRule>>,
    /// Enable file lock, which cannot be disabled again
    #[arg(long)]
    file_lock_enabled: bool,
    /// The replication configuration, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = json::<ReplicationConfiguration>)]
    replication: Option<ReplicationConfiguration>,
    /// The encryption of new files: SSE-B2
    #[arg(long, value_name = "MODE", value_enum)]
    default_server_side_encryption: Option<DefaultEncryption>,
    /// The only algorithm of B2
    #[arg(long, value_name = "ALGORITHM", hide = true, value_parser = ["AES256"])]
    default_server_side_encryption_algorithm: Option<String>,
}

/// The default encryption of a bucket. B2 has no other: new files are always encrypted, and a key of the client's own is
/// given with each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DefaultEncryption {
    /// With a key that B2 manages
    #[value(name = "SSE-B2")]
    SseB2,
}

/// A list that is the value of one flag.
#[derive(Clone, Debug)]
struct List<T>(Vec<T>);

impl Settings {
    fn lifecycle(&mut self) -> Option<Vec<LifecycleRule>> {
        if !self.lifecycle_rule.is_empty() {
            return Some(std::mem::take(&mut self.lifecycle_rule));
        }
        self.lifecycle_rules.take().map(|rules| rules.0)
    }

    fn encryption(&self) -> Option<EncryptionSetting> {
        self.default_server_side_encryption.map(|DefaultEncryption::SseB2| EncryptionSetting::SseB2)
    }
}

impl Bucket {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List => list_all(context).await,
            Self::Get(Get { bucket, show_size }) => get(context, &bucket, show_size).await,
            Self::Update(update) => update.run(context).await,
            Self::Delete(Delete { bucket }) => {
                let bucket = context.bucket(&bucket).await?;
                bucket.client().delete_bucket(bucket.id()).await?;
                Ok(())
            }
            Self::GetDownloadAuth(GetDownloadAuth { bucket, prefix, duration }) => {
                let bucket = context.bucket(&bucket).await?;
                let valid_for = Duration::from_secs(duration);
                let token = bucket.get_download_authorization(prefix, valid_for).await?;
                if context.output.is_json() {
                    return context.output.json(&json!({ "authorizationToken": token.expose() }));
                }
                context.output.print(token.expose())
            }
            Self::NotificationRule(rules) => rules.run(context).await,
        }
    }
}

/// Prints all buckets, for `b2 bucket list` and for `b2 ls` without a bucket.
pub(crate) async fn list_all(context: &Context) -> Result<(), CliError> {
    let (mut buckets, mut unreadable) = (Vec::new(), 0);
    for bucket in context.client().await?.list_buckets().each().await? {
        buckets.extend(readable(context, bucket, &mut unreadable)?);
    }
    if context.output.is_json() {
        let all: Vec<_> =
            buckets.iter().filter_map(b2_native::Bucket::info).map(AsDict::as_dict).collect();
        context.output.json(&json!(all))?;
        return all_readable(unreadable);
    }
    for info in buckets.iter().filter_map(b2_native::Bucket::info) {
        context
            .output
            .line(format!("{}  {:<10}  {}", info.bucket_id, info.bucket_type, info.bucket_name))?;
    }
    all_readable(unreadable)
}

async fn get(context: &Context, name: &str, show_size: bool) -> Result<(), CliError> {
    let bucket = context.bucket(name).await?;
    let mut json = bucket.get_fresh_state().await?.as_dict();
    let mut unreadable = 0;
    if show_size {
        let all = LsOptions::new("").versions(true).recursive(true).page_size(10_000);
        let mut entries = std::pin::pin!(bucket.ls(all));
        let (mut count, mut bytes) = (0_u64, 0_u64);
        while let Some(entry) = entries.next().await {
            if let Some(LsEntry::File(version)) = readable(context, entry, &mut unreadable)? {
                count += 1;
                bytes += version.size;
            }
        }
        json["fileCount"] = json!(count);
        json["totalSize"] = json!(bytes);
    }
    context.output.json(&json)?;
    all_readable(unreadable)
}

impl Create {
    async fn run(mut self, context: &Context) -> Result<(), CliError> {
        let mut call = CreateBucket::new(self.bucket, self.kind.into());
        call.lifecycle_rules = self.settings.lifecycle();
        call.default_server_side_encryption = self.settings.encryption();
        call.bucket_info = self.settings.bucket_info;
        call.cors_rules = self.settings.cors_rules.map(|rules| rules.0);
        call.file_lock_enabled = self.settings.file_lock_enabled.then_some(true);
        call.replication_configuration = self.settings.replication;
        let bucket = context.client().await?.create_bucket(call).await?;
        match bucket.info() {
            Some(info) if context.output.is_json() => context.output.json(&info.as_dict()),
            _ => context.output.line(bucket.id()),
        }
    }
}

impl Update {
    async fn run(mut self, context: &Context) -> Result<(), CliError> {
        let retention = self.retention()?;
        let bucket = context.bucket(&self.bucket).await?;
        let change = |call: &mut UpdateBucket| {
            call.bucket_type = self.kind.map(Into::into);
            call.lifecycle_rules = self.settings.lifecycle();
            call.default_server_side_encryption = self.settings.encryption();
            call.bucket_info = self.settings.bucket_info;
            call.cors_rules = self.settings.cors_rules.map(|rules| rules.0);
            call.file_lock_enabled = self.settings.file_lock_enabled.then_some(true);
            call.replication_configuration = self.settings.replication;
            call.default_retention = retention;
        };
        context.output.json(&bucket.update(change).await?.as_dict())
    }

    fn retention(&self) -> Result<Option<BucketRetention>, CliError> {
        let mode = self.default_retention_mode.as_deref();
        match (mode, self.default_retention_period.clone()) {
            (None, None) => Ok(None),
            (Some("none"), None) => Ok(Some(BucketRetention::None)),
            (Some(mode), Some(period)) if mode != "none" => {
                Ok(Some(BucketRetention::For { mode: mode.into(), period }))
            }
            (Some("none"), Some(_)) => Err(CliError::usage("no retention has no period")),
            _ => Err(CliError::usage(
                "--default-retention-mode and --default-retention-period go together; give both",
            )),
        }
    }
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn list<T: DeserializeOwned>(text: &str) -> Result<List<T>, String> {
    json(text).map(List)
}

fn period(text: &str) -> Result<RetentionPeriod, String> {
    let no_period = || "a period is 'N days' or 'N years'".to_owned();
    let (number, unit) = text.trim().split_once(' ').ok_or_else(no_period)?;
    let duration = number.parse().map_err(|_| no_period())?;
    let unit = match unit.trim() {
        "day" | "days" => RetentionUnit::Days,
        "year" | "years" => RetentionUnit::Years,
        _ => return Err(no_period()),
    };
    Ok(RetentionPeriod { duration, unit })
}
