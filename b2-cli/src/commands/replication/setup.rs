//! `b2 replication setup`.

use b2_proto::replication::ReplicationSetup;
use clap::Args;
use serde_json::json;

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::bucket_name;

/// The arguments of `b2 replication setup`.
#[derive(Args, Debug)]
#[command(after_help = "\
It creates the keys with which B2 reads and writes, unless both buckets have them. Run again with the same arguments,
it changes nothing.

Examples:
  b2 replication setup my-photos photos-backup
  b2 replication setup --file-name-prefix 2026/ --include-existing-files my-photos photos-backup
  b2 replication setup --destination-profile europe my-photos photos-in-europe")]
pub(crate) struct Setup {
    /// The stored account of the destination bucket [default: the account of the source bucket]
    #[arg(long, value_name = "NAME")]
    destination_profile: Option<String>,
    /// The name of the rule [default: the name of the destination bucket]
    #[arg(long, value_name = "RULE")]
    name: Option<String>,
    /// The priority of the rule, 1 to 2147483647 [default: above all others]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=0x7fff_ffff))]
    priority: Option<u32>,
    /// Replicate only files whose names start with this
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    file_name_prefix: String,
    /// Also replicate the files that exist already
    #[arg(long)]
    include_existing_files: bool,
    /// The bucket whose files are replicated
    #[arg(value_name = "SOURCE_BUCKET", value_parser = bucket_name)]
    source: String,
    /// The bucket that receives the replicas
    #[arg(value_name = "DESTINATION_BUCKET", value_parser = bucket_name)]
    destination: String,
}

impl Setup {
    pub(super) async fn run(self, context: &Context) -> Result<(), CliError> {
        let client = context.client().await?;
        let other = match &self.destination_profile {
            Some(profile) => context.client_of_profile(profile).await?,
            None => client.clone(),
        };
        let source = client.bucket(&self.source).await?;
        let destination = other.bucket(&self.destination).await?;
        let mut setup = client
            .setup_replication(&source, &destination)
            .file_name_prefix(self.file_name_prefix)
            .include_existing_files(self.include_existing_files);
        if let Some(name) = self.name {
            setup = setup.name(name);
        }
        if let Some(priority) = self.priority {
            setup = setup.priority(priority);
        }
        let done = setup.await?;
        warn(context, &done);
        if context.output.is_json() {
            return context.output.json(&json!({
                "source": done.source.as_dict(),
                "destination": done.destination.as_dict(),
                "rule": done.rule,
            }));
        }
        Ok(())
    }
}

/// Says what the user may have to do.
fn warn(context: &Context, done: &ReplicationSetup) {
    if !done.rule.is_enabled {
        let name = &done.rule.replication_rule_name;
        context.warn(format!(
            "WARNING: the replication rule '{name}' was there before, and is paused; see b2 replication unpause"
        ));
    }
    for key in &done.dead_keys {
        context.note(format!("The replication named the key {key}, which no longer exists."));
    }
    for bucket in &done.other_destinations {
        context.warn(format!(
            "WARNING: the source bucket has a new key, which the destination bucket {bucket} does not know; set up its \
             replication again"
        ));
    }
}
