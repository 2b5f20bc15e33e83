//! `b2 file update`.

use std::str::FromStr;

use b2_proto::model::{FileAction, FileId, FileRetention, FileVersion, RetentionMode};
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
    #[arg(long, value_name = "MODE")]
    file_retention_mode: Option<Mode>,
    /// The end of the retention, in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    retain_until: Option<Timestamp>,
    /// Shorten or remove a governance retention
    #[arg(long)]
    bypass_governance: bool,
    /// The name of the version, if it is known
    #[arg(skip)]
    name: Option<String>,
}

/// A retention mode, or none.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    None,
    Some(RetentionMode),
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            text => values::retention_mode(text)
                .map(Self::Some)
                .map_err(|_| "the mode is governance, compliance or none".to_owned()),
        }
    }
}

impl Update {
    /// Returns the change of the legal hold of a version, whose name is looked up if it is not given.
    pub(crate) fn of_legal_hold(id: FileId, name: Option<String>, legal_hold: Switch) -> Self {
        Self {
            uri: FileUri::Id(id),
            legal_hold: Some(legal_hold),
            file_retention_mode: None,
            retain_until: None,
            bypass_governance: false,
            name,
        }
    }

    /// Returns the change of the retention of a version, whose name is looked up if it is not given.
    pub(crate) fn of_retention(
        id: FileId,
        name: Option<String>,
        mode: Mode,
        retain_until: Option<Timestamp>,
        bypass_governance: bool,
    ) -> Self {
        Self {
            uri: FileUri::Id(id),
            legal_hold: None,
            file_retention_mode: Some(mode),
            retain_until,
            bypass_governance,
            name,
        }
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let retention = self.retention()?;
        if retention.is_none() && self.legal_hold.is_none() {
            return Err(CliError::usage(
                "nothing to change; give --legal-hold or --file-retention-mode",
            ));
        }
        let client = context.client().await?;
        let (id, name) = match &self.uri {
            FileUri::Id(id) => match &self.name {
                Some(name) => (id.clone(), name.clone()),
                None => (id.clone(), client.get_file_info(id.clone()).await?.file_name),
            },
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
                        "File not present: {name}\nNo file is named '{name}', or it is hidden."
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
        if context.output.is_json() {
            return context.output.json(&client.get_file_info(id).await?.as_dict());
        }
        Ok(())
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
