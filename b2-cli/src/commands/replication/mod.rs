//! `b2 replication`: replication of buckets.

mod setup;
mod status;
mod table;

use b2_client::Replication as RulesOfBucket;
use b2_native::{Error, NativeHost};
use b2_proto::ErrorKind;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::context::Context;
use crate::error::CliError;
use crate::uri::bucket_name;

pub(crate) use setup::Setup;
pub(crate) use status::Status;

/// The subcommands of `b2 replication`.
#[derive(Debug, Subcommand)]
pub(crate) enum Replication {
    /// Replicate the files of a bucket to another bucket
    Setup(Setup),
    /// Count the files of replication rules by the states of their replication
    Status(Status),
    /// Pause a replication rule
    Pause(Rule),
    /// End the pause of a replication rule
    Unpause(Rule),
    /// Delete a replication rule; replicas and keys stay
    Delete(Rule),
}

/// A rule of a bucket.
#[derive(Args, Debug)]
pub(crate) struct Rule {
    /// The bucket whose files are replicated
    #[arg(value_name = "SOURCE_BUCKET", value_parser = bucket_name)]
    source: String,
    /// The name of the rule
    #[arg(value_name = "RULE")]
    rule: String,
}

impl Replication {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Setup(setup) => setup.run(context).await,
            Self::Status(status) => status.run(context).await,
            Self::Pause(rule) => {
                let changed = rule.of(context).await?.pause(&rule.rule).await.map_err(not_found)?;
                rule.report(context, changed)
            }
            Self::Unpause(rule) => {
                let changed =
                    rule.of(context).await?.unpause(&rule.rule).await.map_err(not_found)?;
                rule.report(context, changed)
            }
            Self::Delete(rule) => {
                rule.of(context).await?.delete(&rule.rule).await.map_err(not_found)?;
                rule.report(context, true)
            }
        }
    }
}

/// Says in the words of Backblaze's tool that there is no such rule.
fn not_found(error: Error) -> CliError {
    if error.kind() == ErrorKind::ResourceNotFound && error.status().is_none() {
        return CliError::message(format!("replication rule could not be found!\n{error}"));
    }
    error.into()
}

impl Rule {
    async fn of(&self, context: &Context) -> Result<RulesOfBucket<NativeHost>, CliError> {
        Ok(context.bucket(&self.source).await?.replication())
    }

    /// Fails if nothing changed, as Backblaze's tool does.
    fn report(&self, context: &Context, changed: bool) -> Result<(), CliError> {
        if !changed {
            return Err(CliError::message(format!(
                "replication rule was found, but could not be changed!\n'{}' is like that already.",
                self.rule
            )));
        }
        if context.output.is_json() {
            return context.output.json(&json!({ "bucket": self.source, "rule": self.rule }));
        }
        Ok(())
    }
}
