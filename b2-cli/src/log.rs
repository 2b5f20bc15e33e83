//! Logs of the libraries, on standard error.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::CliError;
use crate::output::escaped;
use crate::progress;

/// The number of API calls that were retried. Transfers count their own retries.
static RETRIES: AtomicU64 = AtomicU64::new(0);

/// Returns the number of API calls that were retried.
pub(crate) fn retry_count() -> u64 {
    RETRIES.load(Ordering::Relaxed)
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Nothing.
    Quiet,
    /// Warnings.
    Warnings,
    /// Warnings and retries.
    Normal,
    /// Each step.
    Verbose,
    /// Everything, from all libraries.
    Everything,
}

/// The file of `--debug-logs`, in the current folder.
const LOG_FILE: &str = "b2_cli.log";

/// Opens the file of `--debug-logs`, which grows with each command.
///
/// # Errors
///
/// A message if the file cannot be written.
pub(crate) fn open_file() -> Result<File, CliError> {
    let file = OpenOptions::new().create(true).append(true).open(LOG_FILE);
    file.map_err(|error| CliError::local(Path::new(LOG_FILE), &error))
}

/// Sends logs to standard error, and everything to a file if there is one. Progress bars are suspended meanwhile.
pub(crate) fn install(verbosity: Verbosity, file: Option<File>) {
    let shown = match verbosity {
        Verbosity::Quiet => None,
        Verbosity::Warnings => Some(Level::WARN),
        Verbosity::Normal => Some(Level::INFO),
        Verbosity::Verbose | Verbosity::Everything => None,
    };
    let ours = Targets::new()
        .with_target("b2_client", LevelFilter::INFO)
        .with_target("b2_native", LevelFilter::INFO)
        .with_target("b2", LevelFilter::INFO);
    let detailed = match verbosity {
        Verbosity::Verbose => Some(
            Targets::new()
                .with_target("b2_client", LevelFilter::DEBUG)
                .with_target("b2_native", LevelFilter::DEBUG)
                .with_target("b2_proto", LevelFilter::DEBUG)
                .with_target("b2", LevelFilter::DEBUG),
        ),
        Verbosity::Everything => Some(Targets::new().with_default(LevelFilter::TRACE)),
        Verbosity::Quiet | Verbosity::Warnings | Verbosity::Normal => None,
    };
    let detailed = detailed.map(|targets| {
        tracing_subscriber::fmt::layer()
            .with_writer(|| StderrWriter)
            .with_ansi(false)
            .with_filter(targets)
    });
    let file = file.map(|file| {
        tracing_subscriber::fmt::layer()
            .with_writer(Mutex::new(file))
            .with_ansi(false)
            .with_filter(Targets::new().with_default(LevelFilter::TRACE))
    });
    // Fails only if a subscriber is installed already.
    let _ = tracing_subscriber::registry()
        .with(PlainLayer { shown }.with_filter(ours))
        .with(detailed)
        .with(file)
        .try_init();
}

/// Counts retries, and prints messages without time, level and target.
struct PlainLayer {
    shown: Option<Level>,
}

impl<S: Subscriber> Layer<S> for PlainLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = EventText::default();
        event.record(&mut fields);
        if fields.message.starts_with("retrying") {
            RETRIES.fetch_add(1, Ordering::Relaxed);
        }
        if self.shown.is_some_and(|shown| *event.metadata().level() <= shown) {
            let text = format!("{}{}\n", fields.message, fields.others);
            let _ = StderrWriter.write_all(escaped(&text, false).as_bytes());
        }
    }
}

#[derive(Default)]
struct EventText {
    message: String,
    others: String,
}

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "error" => self.others.insert_str(0, &format!(": {value:?}")),
            name => self.others += &format!(", {name} {value:?}"),
        }
    }
}

/// Standard error. Progress bars are suspended during writes.
struct StderrWriter;

impl Write for StderrWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::suspend_bars(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
