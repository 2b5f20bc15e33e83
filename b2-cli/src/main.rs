//! The `b2` command: Backblaze B2 from a terminal.

mod cli;
mod commands;
mod context;
mod demo;
mod failure;
mod folder;
mod interrupt;
mod log;
mod output;
mod progress;
mod sim;
mod transfer;
mod uri;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cli::{Cli, Command};
use context::Context;
use failure::Failure;
use interrupt::Signals;
use log::Verbosity;

/// How long transfers may take to stop in an orderly way.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::install(verbosity(&cli));
    let context = Context::new(cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("ERROR: this machine lets no threads start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(&context, cli.command));
    // A thread may wait for input that never comes.
    runtime.shutdown_background();
    match done.and_then(|()| context.output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = context.output.flush();
            tell(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn verbosity(cli: &Cli) -> Verbosity {
    match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, 0) if matches!(cli.command, Command::Demo(_) | Command::Sim(_)) => Verbosity::Calm,
        (_, 0) => Verbosity::Normal,
        (_, 1) => Verbosity::Verbose,
        _ => Verbosity::Everything,
    }
}

fn tell(failure: &Failure) {
    let text = output::escaped(&failure.to_string(), false);
    match failure {
        Failure::ClosedPipe => {}
        Failure::Interrupted(_) => eprintln!("{text}"),
        Failure::Told(_) | Failure::Usage(_) | Failure::B2(_) => eprintln!("ERROR: {text}"),
    }
}

/// Runs a command until it has ended or somebody stops it.
async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    if let Command::Sim(sim) = command {
        // It has its own way to stop.
        return sim.run(context).await;
    }
    let mut signals = Signals::listen()?;
    let mut work = std::pin::pin!(commands::run(context, command));
    tokio::select! {
        done = &mut work => return done,
        () = signals.next() => {}
    }
    if context.interrupt.cancel() {
        tokio::select! {
            done = &mut work => return done,
            // Twice means at once.
            () = signals.next() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
    }
    Err(Failure::Interrupted("Interrupted.".to_owned()))
}
