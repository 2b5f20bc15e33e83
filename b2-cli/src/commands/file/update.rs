//! `b2 file update`.

use b2_proto::model::{FileAction, FileRetention, FileVersion, RetentionMode};
use b2_proto::time::Timestamp;
use clap::Args;
use futures::TryStreamExt;

use crate::args::new_file::Switch;
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::FileUri;

/// The arguments of `b2 file update`.
#[derive(Args, Debug)]
#[command(after_help = "\
Only files in buckets with file lock have a legal hold and a retention. A retention can be made longer; a governance
retention can be made shorter or removed with --bypass-governance, a compliance retention cannot.

Examples:
  b2 file update --legal-hold on b2://my-records/2024.pdf
  b2 file update --file-retention-mode governance --retain-until 1767225600 b2://my-records/2024.pdf
  b2 file update --file-retention-mode none --bypass-governance b2id://4_z...")]
pub(crate) struct Update {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    uri: FileUri,
    /// Set or remove the legal hold
    #[arg(long, value_name = "ON|OFF")]
    legal_hold: Option<Switch>,
    /// The retention mode: governance or compliance until --retain-until, or none
    #[arg(long, value_name = "MODE", value_parser = mode)]
    file_retention_mode: Option<Mode>,
    /// The end of the retention, in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    retain_until: Option<Timestamp>,
    /// Shorten or remove a governance retention
    #[arg(long, requires = "file_retention_mode")]
    bypass_governance: bool,
}

/// A retention mode, or none.
#[derive(Clone, Debug)]
enum Mode {
    None,
    Some(RetentionMode),
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "none" => Ok(Mode::None),
        text => values::retention_mode(text)
            .map(Mode::Some)
            .map_err(|_| "the mode is governance, compliance or none".to_owned()),
    }
}

impl Update {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let retention = self.retention()?;
        if retention.is_none() && self.legal_hold.is_none() {
            return Err(CliError::usage(
                "nothing to change; give --legal-hold or --file-retention-mode",
            ));
        }
        let client = context.client().await?;
        let (id, name) = match &self.uri {
            FileUri::Id(id) => (id.clone(), client.get_file_info(id.clone()).await?.file_name),
            FileUri::Name { bucket, name } => {
                // Unlike a `HEAD`, a listing needs no SSE-C key.
                let mut versions = client.bucket(bucket).await?.list_file_versions(name);
                let newest = loop {
                    match versions.try_next().await? {
                        Some(version) if version.action == FileAction::Start => {}
                        newest => break newest.filter(FileVersion::is_file),
                    }
                };
                let Some(version) = newest else {
                    return Err(CliError::message(format!(
                        "no file is named '{name}', or it is hidden"
                    )));
                };
                (version.file_id, version.file_name)
            }
        };
        if let Some(legal_hold) = self.legal_hold {
            client.update_file_legal_hold(id.clone(), &name, legal_hold.into()).await?;
        }
        if let Some(retention) = retention {
            let bypass = self.bypass_governance;
            client.update_file_retention(id.clone(), &name, retention, bypass).await?;
        }
        context.output.json(&client.get_file_info(id).await?.as_dict())
    }

    fn retention(&self) -> Result<Option<FileRetention>, CliError> {
        match (&self.file_retention_mode, self.retain_until) {
            (None, None) => Ok(None),
            (Some(Mode::None), None) => Ok(Some(FileRetention::None)),
            (Some(Mode::Some(mode)), Some(until)) => {
                Ok(Some(FileRetention::Until { mode: mode.clone(), until }))
            }
            (Some(Mode::None), Some(_)) => {
                Err(CliError::usage("no retention has no end; leave out --retain-until"))
            }
            (Some(Mode::Some(_)), None) | (None, Some(_)) => Err(CliError::usage(
                "--file-retention-mode and --retain-until go together; give both",
            )),
        }
    }
}
