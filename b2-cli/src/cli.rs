//! The command line: which commands and flags there are.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::commands::{account, bucket, file, key, ls, rm};
use crate::{demo, sim};

const EXAMPLES: &str = "\
Examples:
  b2 account authorize                        log in; asks for the key
  b2 bucket create my-photos allPrivate       make a bucket
  b2 file upload my-photos ship.jpg 2024/ship.jpg
  b2 ls -r b2://my-photos                     list everything
  b2 file download b2://my-photos/2024/ship.jpg ship.jpg
  b2 demo                                     see it work, without an account or a network

Environment:
  B2_APPLICATION_KEY_ID, B2_APPLICATION_KEY   a key to use; nothing is written to disk
  B2_ENVIRONMENT                              the realm, or the URL of another server
  B2_ACCOUNT_INFO                             the file of the stored account
  B2_ALLOW_HOSTS                              hosts to send requests to, beside those of the realm";

/// Move files to and from Backblaze B2.
#[derive(Debug, Parser)]
#[command(name = "b2", version, after_help = EXAMPLES, propagate_version = true)]
#[command(arg_required_else_help = true, subcommand_required = true, disable_version_flag = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flags of every command")]
pub(crate) struct Global {
    /// Print nothing but JSON, warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say what is done, on standard error; -vv says everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print JSON for programs to read
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Use another stored account than the default one
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// production, or the URL of a server that speaks B2's API
    #[arg(
        long,
        global = true,
        value_name = "REALM",
        env = "B2_ENVIRONMENT",
        hide_env_values = true
    )]
    #[arg(alias = "environment")]
    pub(crate) realm: Option<String>,
    /// Send requests to this host or domain as well, if the realm names it
    #[arg(long = "allow-host", global = true, value_name = "HOST", value_delimiter = ',')]
    #[arg(env = "B2_ALLOW_HOSTS", hide_env_values = true)]
    pub(crate) allow_hosts: Vec<String>,
    /// Give up after so long without progress [default: 600 for transfers, 25 before the first answer]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) retry_for: Option<Duration>,
    /// Escape unprintable characters in what is printed [default: on a terminal]
    #[arg(long, global = true, overrides_with = "no_escape_control_characters")]
    pub(crate) escape_control_characters: bool,
    /// Print all characters as they are
    #[arg(long, global = true)]
    pub(crate) no_escape_control_characters: bool,
}

impl Global {
    /// Whether to escape unprintable characters, if anybody said so.
    pub(crate) fn escape(&self) -> Option<bool> {
        if self.escape_control_characters {
            return Some(true);
        }
        if self.no_escape_control_characters {
            return Some(false);
        }
        match crate::context::variable("B2_ESCAPE_CONTROL_CHARACTERS")?.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in and out, and see what the key may do
    #[command(subcommand)]
    Account(account::Account),
    /// Make, list, change and delete buckets
    #[command(subcommand)]
    Bucket(bucket::Bucket),
    /// Upload, download, look at and hide files
    #[command(subcommand)]
    File(file::File),
    /// List and discard large files that were begun and not finished
    #[command(subcommand)]
    LargeFile(file::LargeFile),
    /// List files, or buckets
    Ls(ls::Ls),
    /// Delete files
    Rm(rm::Rm),
    /// Make, list and delete application keys
    #[command(subcommand)]
    Key(key::Key),
    /// Run a B2 on this machine, to try things on
    Sim(sim::Sim),
    /// Show it at work: a folder goes to a B2 on this machine and comes back
    Demo(demo::Demo),
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the version
    Version {
        /// Print nothing but the number
        #[arg(long)]
        short: bool,
    },
}

/// A number of seconds, with a fraction if need be.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("'{text}' is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
