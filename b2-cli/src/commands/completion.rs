//! `b2 completion`.

use clap::Args;

use crate::context::Context;
use crate::error::CliError;

/// The arguments of `b2 completion`.
#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completion {
    /// Prints the completion script of `cli`.
    pub(crate) fn run(self, context: &Context, mut cli: clap::Command) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli, "b2", &mut script);
        context.output.print(String::from_utf8_lossy(&script).trim_end())
    }
}
