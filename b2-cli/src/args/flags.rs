//! The flags that every command accepts.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::args::values;
use crate::env;

/// A flag of Backblaze's tool that tunes Python's files.
#[derive(Args, Clone, Debug)]
pub(crate) struct WriteBuffer {
    /// Accepted for compatibility, without effect: files are written in blocks of a fixed size
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    write_buffer_size: Option<u64>,
}

/// The flags that every command accepts.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flags of every command")]
pub(crate) struct GlobalFlags {
    /// Print only JSON, warnings and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log what is done to standard error; -vv logs everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Also log everything to the file b2_cli.log in the current folder
    #[arg(long, global = true, hide = true)]
    pub(crate) debug_logs: bool,
    /// Accepted for compatibility: a configuration of Python's logging, which is not read
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    #[arg(conflicts_with_all = ["verbose", "debug_logs"])]
    pub(crate) log_config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show no progress bars
    #[arg(long, alias = "noProgress", global = true)]
    pub(crate) no_progress: bool,
    /// Use another stored account than the default one
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// production, or the URL of a server that implements the B2 API
    #[arg(
        long,
        global = true,
        value_name = "REALM",
        env = "B2_ENVIRONMENT",
        hide_env_values = true
    )]
    #[arg(alias = "environment")]
    pub(crate) realm: Option<String>,
    /// Also send requests to this host or domain if the realm returns it
    #[arg(long = "allow-host", global = true, value_name = "HOST", value_delimiter = ',')]
    #[arg(env = "B2_ALLOW_HOSTS", hide_env_values = true)]
    pub(crate) allow_hosts: Vec<String>,
    /// Give up after this time without progress [default: 600 for transfers, 25 before the first response]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = values::seconds)]
    pub(crate) retry_for: Option<Duration>,
    /// Escape unprintable characters in the output [default: on a terminal]
    #[arg(long, global = true, overrides_with = "no_escape_control_characters")]
    pub(crate) escape_control_characters: bool,
    /// Print all characters as they are
    #[arg(long, global = true)]
    pub(crate) no_escape_control_characters: bool,
}

impl GlobalFlags {
    /// Returns whether to escape unprintable characters, if a flag or the environment sets it.
    pub(crate) fn escape(&self) -> Option<bool> {
        if self.escape_control_characters {
            return Some(true);
        }
        if self.no_escape_control_characters {
            return Some(false);
        }
        match env::variable("B2_ESCAPE_CONTROL_CHARACTERS")?.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }
}
