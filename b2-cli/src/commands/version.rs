//! `b2 version`.

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::error::CliError;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The arguments of `b2 version`.
#[derive(Args, Debug)]
pub(crate) struct Version {
    /// Print only the number
    #[arg(long)]
    short: bool,
}

impl Version {
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        if context.output.is_json() {
            context.output.json(&json!({ "version": VERSION }))
        } else if self.short {
            context.output.print(VERSION)
        } else {
            context.output.print(format!("b2 command line tool, version {VERSION}"))
        }
    }
}
