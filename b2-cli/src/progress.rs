//! Progress bars on standard error.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bars of the process.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));

const WITH_LENGTH: &str = "{prefix} {bar:24} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {wide_msg}";
const WITHOUT_LENGTH: &str =
    "{prefix} {spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}  {wide_msg}";
const COUNTER_OF: &str = "{prefix} {spinner} {pos} of {len}  {per_sec}  {wide_msg}";
const SYNC: &str =
    "{prefix} {bar:24} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {wide_msg}";
const COUNTER: &str = "{prefix} {spinner} {pos}  {per_sec}  {wide_msg}";

/// Creates progress bars, which are hidden if progress is off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    on: bool,
}

impl Progress {
    /// Shows bars if `enabled` and standard error is a terminal.
    pub(crate) fn new(enabled: bool) -> Self {
        let on = enabled && std::io::stderr().is_terminal();
        if on {
            BARS.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self { on }
    }

    /// Returns a bar for the bytes of one file.
    pub(crate) fn bytes(self, name: &str, total: Option<u64>) -> ProgressBar {
        let template = if total.is_some() { WITH_LENGTH } else { WITHOUT_LENGTH };
        self.bar(name, total, template)
    }

    /// Returns a bar for the bytes of many files.
    pub(crate) fn folder(self, title: &str, total: u64) -> ProgressBar {
        self.bar(title, Some(total), WITH_LENGTH)
    }

    /// Returns a bar for a synchronization, whose total grows while it is scanned.
    pub(crate) fn sync(self) -> ProgressBar {
        self.bar("sync", Some(0), SYNC)
    }

    /// Returns a counter without a known total.
    pub(crate) fn count(self, title: &str) -> ProgressBar {
        self.bar(title, None, COUNTER)
    }

    /// Returns a counter whose total grows while the work is found.
    pub(crate) fn count_of_found(self, title: &str) -> ProgressBar {
        self.bar(title, Some(0), COUNTER_OF)
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

/// Hides the bars while `write` writes to standard error.
pub(crate) fn suspend_bars<T>(write: impl FnOnce() -> T) -> T {
    BARS.suspend(write)
}

/// Shortens a name from the start to a width that fits beside a bar, on one line.
fn shortened(name: &str) -> String {
    const MAX_CHARS: usize = 28;
    let name = crate::output::escaped(name, true);
    let count = name.chars().count();
    if count <= MAX_CHARS {
        return format!("{name:<12}");
    }
    let tail: String = name.chars().skip(count - (MAX_CHARS - 1)).collect();
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
