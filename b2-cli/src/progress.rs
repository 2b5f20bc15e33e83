//! Bars on standard error that show how far transfers are.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars share one place on the terminal.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));

const OF_KNOWN: &str = "{prefix} {bar:24} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {wide_msg}";
const OF_UNKNOWN: &str =
    "{prefix} {spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}  {wide_msg}";
const OF_FILES: &str = "{prefix} {bar:24} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {wide_msg}";
const OF_COUNT: &str = "{prefix} {spinner} {pos}  {per_sec}  {wide_msg}";

/// Whether bars are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    on: bool,
}

impl Progress {
    /// Bars, if they are wanted and standard error is a terminal.
    pub(crate) fn new(wanted: bool) -> Self {
        let on = wanted && std::io::stderr().is_terminal();
        if on {
            BARS.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self { on }
    }

    /// A bar for the bytes of one file.
    pub(crate) fn bytes(self, name: &str, total: Option<u64>) -> ProgressBar {
        let template = if total.is_some() { OF_KNOWN } else { OF_UNKNOWN };
        self.bar(name, total, template)
    }

    /// A bar for the bytes of many files, with their number as its message.
    pub(crate) fn folder(self, title: &str, total: u64) -> ProgressBar {
        self.bar(title, Some(total), OF_FILES)
    }

    /// Counts things whose number nobody knows.
    pub(crate) fn count(self, title: &str) -> ProgressBar {
        self.bar(title, None, OF_COUNT)
    }

    fn bar(self, prefix: &str, total: Option<u64>, template: &str) -> ProgressBar {
        if !self.on {
            return ProgressBar::hidden();
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ ");
        bar.set_style(style);
        bar.set_prefix(shortened(prefix));
        let bar = BARS.add(bar);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

/// Writes to standard error while the bars are out of the way.
pub(crate) fn past_the_bars<T>(write: impl FnOnce() -> T) -> T {
    BARS.suspend(write)
}

/// The end of a name tells more than its start. One line, whatever the name holds.
fn shortened(name: &str) -> String {
    const MOST: usize = 28;
    let name = crate::output::escaped(name, true);
    let count = name.chars().count();
    if count <= MOST {
        return format!("{name:<12}");
    }
    let tail: String = name.chars().skip(count - (MOST - 1)).collect();
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(shortened("a"), "a           ");
        let long = format!("{}/ship.jpg", "x".repeat(40));
        let short = shortened(&long);
        assert!(short.starts_with('…') && short.ends_with("/ship.jpg"), "{short}");
        assert_eq!(short.chars().count(), 28);
    }
}
