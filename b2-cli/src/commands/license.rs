//! `b2 license`.

use clap::Args;

use crate::context::Context;
use crate::error::CliError;

const MIT: &str = include_str!("../../../LICENSE-MIT");
const APACHE: &str = include_str!("../../../LICENSE-APACHE");

/// The arguments of `b2 license`.
#[derive(Args, Debug)]
pub(crate) struct License {
    /// Accepted for compatibility, without effect: the licenses are part of the program
    #[arg(long, hide = true)]
    dump: bool,
    /// Accepted for compatibility, without effect
    #[arg(long, hide = true)]
    with_packages: bool,
}

impl License {
    #[expect(clippy::unused_self, reason = "its flags have no effect")]
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        context.output.line(format!(
            "b2 license: MIT OR Apache-2.0, at your option\n\n{MIT}\n\n{}",
            APACHE.trim_end()
        ))
    }
}
