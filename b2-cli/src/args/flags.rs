//! The flags that every command accepts.

use std::time::Duration;

use clap::Args;

use crate::args::values;
use crate::env;

/// The flags that every command accepts.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flags of every command")]
pub(crate) struct GlobalFlags {
    /// Print only JSON, warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log what is done to standard error; -vv logs everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
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
