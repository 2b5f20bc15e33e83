//! Development commands of the project. Users of the libraries do not need them.
//!
//! ```text
//! cargo xtask test     runs everything that CI checks
//! cargo xtask demo     uploads a folder to a simulated B2 service and back, then serves the upload page
//! cargo xtask bench    measures uploads and downloads beside a floor and other clients
//! cargo xtask package  builds the npm package in target/npm
//! cargo xtask help     prints all commands and options
//! ```
//!
//! - [`mod@test`] is the list of steps that CI runs.
//! - [`mod@bench`] starts `b2 sim` as a separate process, runs the same job with several clients in turn, verifies the
//!   results, and prints medians as a table. Only ratios within one run can be compared.
//! - [`package`] builds the npm package and measures what a page loads.

mod bench;
mod cargo;
mod demo;
mod options;
mod package;
mod test;

use std::process::ExitCode;

/// The result of a command.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const HELP: &str = "\
Usage: cargo xtask <COMMAND>

  test [STEP]...         run everything that CI checks, or the named steps
  demo [--once] [...]    upload a folder to a simulated B2 service and back, then serve the upload page;
                         --once: without the page. Other arguments are passed to `b2 demo`
  bench [OPTIONS]        measure uploads and downloads beside a floor and other clients
      --size SIZE          the size of the large file [default: 2GB]
      --files N            the number of small files [default: 5000]
      --file-size SIZE     the size of each small file [default: 16KiB]
      --runs N             the number of runs of each client and job; medians are printed [default: 3]
      --only WORD          only jobs whose name contains WORD; may be given several times
      --dir FOLDER         the folder for the files [default: the system's folder for temporary files]
      --b2 PATH            Backblaze's own b2 [default: from PATH]
      --round-trip MS      connect clients and server by a link with this round trip, in milliseconds
      --megabits N         connect them by a link with this rate, in megabits per second
      --instructions       count the instructions of this project's command with callgrind instead, and print the
                           difference to tests/benches/instructions.tsv
      --record-instructions
                           count them and write that file
      --quick              small sizes and one run, as a test of the benchmark
  package [--parts]      build the npm package; --parts prints what contributes to its size
  conformance [PLACE]... test the npm package in node, deno, workerd and chromium, with uppy and react, and its types;
                         `bundlers` builds programs with it in each toolchain, of which --only=WORD selects some
  help                   print this text

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
        "measure" => bench::run_measured(&rest),
        "floor" => bench::floor(&rest),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => {
            Err(format!("there is no command '{other}'; `cargo xtask help` lists the commands")
                .into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
