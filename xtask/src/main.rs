//! Helpers for work on the project. Nobody who uses the libraries needs them.
//!
//! ```text
//! cargo xtask test     everything that CI checks, in order, until something fails
//! cargo xtask demo     a round trip through a B2 on this machine, then the upload page
//! cargo xtask bench    uploads and downloads, measured beside a floor and other clients
//! cargo xtask package  the npm package, in target/npm
//! cargo xtask help     all of it
//! ```
//!
//! - [`mod@test`] is one list of steps; CI runs exactly it, so what passes here passes there.
//! - [`mod@bench`] starts `b2 sim` as a process of its own, lets several clients do the same job in turn, checks
//!   what arrived, and prints medians as a table. Only ratios within one run mean anything.
//! - [`package`] builds the crate for browsers, and says what a page has to load.

mod bench;
mod cargo;
mod demo;
mod options;
mod package;
mod test;

use std::process::ExitCode;

/// What a command can say about why it failed.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const HELP: &str = "\
Usage: cargo xtask <COMMAND>

  test                   everything that CI checks, in order, until something fails
  demo [--once] [...]    a round trip through a B2 on this machine, then the upload page; --once: no page.
                         What else is given is for `b2 demo`
  bench [OPTIONS]        measure uploads and downloads beside a floor and other clients
      --size SIZE          the large file [default: 2GB]
      --files N            how many small files [default: 5000]
      --file-size SIZE     how large each of them is [default: 16KiB]
      --runs N             how often each client does each job; medians are printed [default: 3]
      --only WORD          only jobs whose name contains WORD; may be given several times
      --dir FOLDER         where the files are [default: the system's folder for temporary files]
      --b2 PATH            Backblaze's own b2 [default: the one in PATH that says it is]
      --quick              small sizes and one run: whether it works, not how fast it is
  package [--parts]      build the npm package; --parts says what makes it large
  conformance [PLACE]... try the npm package in node, deno, workerd and chromium, and its types
  help                   this text

A SIZE is a number of bytes, or one with KB, MB, GB, KiB, MiB or GiB.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "test" | "ci" => test::run(&rest),
        "bench" => bench::run(&rest),
        "demo" => demo::start(&rest),
        "package" => package::run(&rest),
        "conformance" => package::conformance(&rest),
        "measure" => bench::measured(&rest),
        "floor" => bench::floor(&rest),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command '{other}'; `cargo xtask help` tells all").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
