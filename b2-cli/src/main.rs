//! The `b2` command: Backblaze B2 from a terminal.

mod args;
mod b2sdk;
mod cli;
mod commands;
mod context;
mod env;
mod error;
mod folder;
mod interrupt;
mod listing;
mod log;
mod output;
mod progress;
mod transfer;
mod uri;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cli::{Cli, Command};
use context::Context;
use error::CliError;
use interrupt::Signals;
use log::Verbosity;

/// How long transfers may take to stop after an interrupt.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = match cli.flags.debug_logs.then(log::open_file).transpose() {
        Ok(log) => log,
        Err(error) => {
            report(&error);
            return ExitCode::from(error.exit_code());
        }
    };
    log::install(verbosity(&cli), log);
    let context = Context::new(cli.flags);
    if context.flags.log_config.is_some() {
        context.warn("WARNING: --log-config is ignored: it configures Python's logging; see --verbose and --debug-logs.");
    }
    let mut runtime = match cli.command.needs_one_thread() {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("ERROR: threads cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(&context, cli.command));
    // A thread may be blocked on standard input.
    runtime.shutdown_background();
    match done.and_then(|()| context.output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = context.output.flush();
            report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn verbosity(cli: &Cli) -> Verbosity {
    match (cli.flags.quiet, cli.flags.verbose) {
        (true, 0) => Verbosity::Quiet,
        (_, 0) if matches!(cli.command, Command::Demo(_) | Command::Sim(_)) => Verbosity::Warnings,
        (_, 0) => Verbosity::Normal,
        (_, 1) => Verbosity::Verbose,
        _ => Verbosity::Everything,
    }
}

fn report(error: &CliError) {
    if let Some(text) = error.report() {
        eprintln!("{}", output::escaped(&text, false));
    }
}

/// Runs a command until it ends or a signal stops it.
async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    if let Command::Sim(sim) = command {
        // The simulator handles signals itself.
        return sim.run(context).await;
    }
    let mut signals = Signals::listen()?;
    let mut work = std::pin::pin!(command.run(context));
    tokio::select! {
        done = &mut work => return done,
        () = signals.next() => {}
    }
    if context.interrupt.cancel() {
        tokio::select! {
            done = &mut work => return done,
            // A second signal stops the command at once.
            () = signals.next() => {}
            () = tokio::time::sleep(STOP_TIMEOUT) => {}
        }
    }
    Err(CliError::Interrupted("Interrupted.".to_owned()))
}
