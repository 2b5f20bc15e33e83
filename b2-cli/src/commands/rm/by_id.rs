//! `b2 delete-file-version`, which Backblaze's tool keeps for old scripts.

use clap::Args;

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;

/// The arguments of `b2 delete-file-version`.
#[derive(Args, Debug)]
pub(crate) struct DeleteFileVersion {
    /// The ID of the version, with or without the name of the file before it
    #[arg(value_names = ["FILE_NAME", "FILE_ID"], num_args = 1..=2, required = true)]
    file: Vec<String>,
    /// Also delete a file under governance retention
    #[arg(long, alias = "bypassGovernance")]
    bypass_governance: bool,
}

impl DeleteFileVersion {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let client = context.client().await?;
        let (name, id) = match self.file.as_slice() {
            [name, id] => (name.clone(), id.as_str().into()),
            [id, ..] => {
                let version = client.get_file_info(id.as_str().into()).await?;
                (version.file_name, version.file_id)
            }
            [] => return Err(CliError::usage("give the ID of a file version")),
        };
        let deleted = client.delete_file_version(id, &name, self.bypass_governance).await?;
        context.output.json(&deleted.as_dict())
    }
}
