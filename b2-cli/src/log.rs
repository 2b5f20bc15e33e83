//! What the libraries log, on standard error.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::output::escaped;
use crate::progress;

/// How many calls were repeated. Transfers count their own repetitions.
static REPEATED: AtomicU64 = AtomicU64::new(0);

/// How many calls have been repeated so far.
pub(crate) fn repeated_calls() -> u64 {
    REPEATED.load(Ordering::Relaxed)
}

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Nothing.
    Quiet,
    /// Warnings.
    Calm,
    /// What is repeated, and warnings.
    Normal,
    /// What is done.
    Verbose,
    /// Everything, of all libraries.
    Everything,
}

/// Sends logs to standard error, past the progress bars.
pub(crate) fn install(verbosity: Verbosity) {
    let shown = match verbosity {
        Verbosity::Quiet => None,
        Verbosity::Calm => Some(Level::WARN),
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
        Verbosity::Quiet | Verbosity::Calm | Verbosity::Normal => None,
    };
    let detailed = detailed.map(|targets| {
        tracing_subscriber::fmt::layer()
            .with_writer(|| PastTheBars)
            .with_ansi(false)
            .with_filter(targets)
    });
    // Somebody else's subscriber, if there were one, would do as well.
    let _ = tracing_subscriber::registry()
        .with(Plain { shown }.with_filter(ours))
        .with(detailed)
        .try_init();
}

/// Counts repetitions, and shows messages in plain words.
struct Plain {
    shown: Option<Level>,
}

impl<S: Subscriber> Layer<S> for Plain {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        if words.message.starts_with("retrying") {
            REPEATED.fetch_add(1, Ordering::Relaxed);
        }
        if self.shown.is_some_and(|shown| *event.metadata().level() <= shown) {
            let text = format!("{}{}\n", words.message, words.rest);
            let _ = PastTheBars.write_all(escaped(&text, false).as_bytes());
        }
    }
}

#[derive(Default)]
struct Words {
    message: String,
    rest: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "error" => self.rest.insert_str(0, &format!(": {value:?}")),
            name => self.rest += &format!(", {name} {value:?}"),
        }
    }
}

/// Standard error, without disturbing the bars on it.
struct PastTheBars;

impl Write for PastTheBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::past_the_bars(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
