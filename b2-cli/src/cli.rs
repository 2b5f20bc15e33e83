//! The command line and its subcommands.

use clap::{CommandFactory, Parser, Subcommand};

use crate::args::flags::GlobalFlags;
use crate::commands::{
    account, bucket, completion, demo, deprecated, file, install_autocomplete, key, license, ls,
    replication, rm, sim, sync, version,
};
use crate::context::Context;
use crate::error::CliError;

const EXAMPLES: &str = "\
Examples:
  b2 account authorize                        log in; asks for the key
  b2 bucket create my-photos allPrivate       create a bucket
  b2 file upload my-photos ship.jpg 2024/ship.jpg
  b2 ls -r b2://my-photos                     list all files
  b2 file download b2://my-photos/2024/ship.jpg ship.jpg
  b2 sync ./photos b2://my-photos/photos      upload what is new or changed
  b2 demo                                     a demonstration without an account or a network

Environment:
  B2_APPLICATION_KEY_ID, B2_APPLICATION_KEY   the key to use; it is not written to disk
  B2_ENVIRONMENT                              the realm, or the URL of another server
  B2_ACCOUNT_INFO                             the file of the stored account
  B2_ALLOW_HOSTS                              hosts to send requests to, besides those of the realm";

/// Move files to and from Backblaze B2.
#[derive(Debug, Parser)]
#[command(name = "b2", version, after_help = EXAMPLES, propagate_version = true)]
#[command(arg_required_else_help = true, subcommand_required = true, disable_version_flag = true)]
// Of an option that is given twice, the last one counts, and its name may be shortened, as with Python's argparse.
#[command(args_override_self = true, infer_long_args = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) flags: GlobalFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in and out, and show the account
    #[command(subcommand)]
    Account(account::Account),
    /// Create, list, change and delete buckets
    #[command(subcommand)]
    Bucket(Box<bucket::Bucket>),
    /// Upload, download, show and hide files
    #[command(subcommand)]
    File(file::File),
    /// List and cancel unfinished large files
    #[command(subcommand)]
    LargeFile(file::LargeFile),
    /// List files or buckets
    Ls(ls::Ls),
    /// Delete files
    Rm(rm::Rm),
    /// Make a folder like another one, here or in a bucket
    Sync(Box<sync::Sync>),
    /// Create, list and delete application keys
    #[command(subcommand)]
    Key(key::Key),
    /// Replicate buckets to other buckets, and show how far that is
    #[command(subcommand)]
    Replication(replication::Replication),
    /// Run a simulated B2 service on this machine
    Sim(sim::Sim),
    /// Upload a folder to a simulated B2 service, download it and compare
    Demo(demo::Demo),
    #[command(flatten)]
    Deprecated(deprecated::Deprecated),
    /// Install completion for the shell of this user
    #[command(alias = "install_autocomplete")]
    InstallAutocomplete(install_autocomplete::InstallAutocomplete),
    /// Print the license
    License(license::License),
    /// Print a completion script for a shell
    Completion(completion::Completion),
    /// Print the version
    Version(version::Version),
}

impl Command {
    /// Returns whether one thread runs the command as fast as several. Where one is enough, no thread has to wake another.
    ///
    /// Uploads hash several parts at once, and transfers of folders have several files under way. The download of one file
    /// hashes and writes on another thread in any case.
    pub(crate) fn needs_one_thread(&self) -> bool {
        match self {
            Self::File(file) => file.needs_one_thread(),
            Self::Sync(_)
            | Self::Rm(_)
            | Self::Replication(_)
            | Self::Sim(_)
            | Self::Demo(_)
            | Self::Deprecated(_) => false,
            _ => true,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Account(account) => account.run(context).await,
            Self::Bucket(bucket) => bucket.run(context).await,
            Self::File(file) => file.run(context).await,
            Self::LargeFile(command) => file::Large::from(command).run(context).await,
            Self::Ls(ls) => ls.run(context).await,
            Self::Rm(rm) => rm.run(context).await,
            Self::Sync(sync) => sync.run(context).await,
            Self::Key(key) => key.run(context).await,
            Self::Replication(command) => command.run(context).await,
            Self::Sim(sim) => sim.run(context).await,
            Self::Demo(demo) => demo.run(context).await,
            Self::Deprecated(command) => Box::pin(command.run(context)).await,
            Self::InstallAutocomplete(install) => install.run(context, Cli::command()),
            Self::License(license) => license.run(context),
            Self::Completion(completion) => completion.run(context, Cli::command()),
            Self::Version(version) => version.run(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
