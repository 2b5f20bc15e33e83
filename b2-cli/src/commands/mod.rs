//! What each command does.

pub(crate) mod account;
pub(crate) mod bucket;
pub(crate) mod encryption;
pub(crate) mod file;
pub(crate) mod key;
pub(crate) mod ls;
pub(crate) mod parse;
pub(crate) mod rm;

use clap::CommandFactory;
use serde_json::json;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::failure::Failure;

/// Runs a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Account(account) => account.run(context).await,
        Command::Bucket(bucket) => bucket.run(context).await,
        Command::File(file) => file.run(context).await,
        Command::LargeFile(command) => file::Large::from(command).run(context).await,
        Command::Ls(ls) => ls.run(context).await,
        Command::Rm(rm) => rm.run(context).await,
        Command::Key(key) => key.run(context).await,
        Command::Sim(sim) => sim.run(context).await,
        Command::Demo(demo) => demo.run(context).await,
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "b2", &mut script);
            context.output.always(String::from_utf8_lossy(&script).trim_end())
        }
        Command::Version { short } => version(context, short),
    }
}

fn version(context: &Context, short: bool) -> Result<(), Failure> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    if context.output.is_json() {
        context.output.json(&json!({ "version": VERSION }))
    } else if short {
        context.output.always(VERSION)
    } else {
        context.output.always(format!("b2 command line tool, version {VERSION}"))
    }
}
