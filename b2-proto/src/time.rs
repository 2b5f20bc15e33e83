//! Monotonic instants and wall-clock timestamps.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Add;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant of the driver's monotonic clock: the duration since an origin that the driver chooses.
///
/// `std::time::Instant` is not used because a virtual clock cannot create one, and because it panics in a browser.
///
/// ```
/// use core::time::Duration;
/// use b2_proto::time::Instant;
///
/// let deadline = Instant::ORIGIN + Duration::from_secs(5);
/// assert_eq!(deadline.saturating_since(Instant::ORIGIN), Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The origin of the driver's clock.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// Creates the instant `elapsed` after the origin.
    #[must_use]
    pub const fn from_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Returns the duration since the origin.
    #[must_use]
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// Returns the duration since `earlier`, or zero if this is not later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

/// The time of a machine, which never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MonotonicTime(Instant);

impl MonotonicTime {
    /// Returns the latest instant that was seen.
    pub(crate) fn now(self) -> Instant {
        self.0
    }

    /// Advances to `now`, unless a later instant was seen, and returns the time.
    pub(crate) fn advance(&mut self, now: Instant) -> Instant {
        self.0 = self.0.max(now);
        self.0
    }
}

/// A wall-clock time in milliseconds since 1970-01-01T00:00:00Z, which is also its JSON form.
///
/// ```
/// use b2_proto::time::Timestamp;
///
/// let time = Timestamp::from_millis(784_111_777_000);
/// assert_eq!(time.to_http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(time.to_string(), "1994-11-06 08:49:37");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Creates the time `millis` milliseconds after the start of 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the start of 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the duration since `earlier`, or zero if this is not later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Parses a date in any of the three forms of HTTP (RFC 9110, section 5.6.7), in UTC:
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    ///
    /// Returns `None` for any other text and for dates before 1970.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split([' ', ',', '-', ':']).filter(|w| !w.is_empty()).collect();
        let (day, month, year, [hour, minute, second]) = match *words.as_slice() {
            [_weekday, day, month, year, hour, minute, second, "GMT"] => {
                (day, month, year, [hour, minute, second])
            }
            [_weekday, month, day, hour, minute, second, year] if year.len() == 4 => {
                (day, month, year, [hour, minute, second])
            }
            _ => return None,
        };
        let month = 1 + MONTHS.iter().position(|name| *name == month)? as u64;
        let year = full_year(year);
        let [day, hour, minute, second] = [day, hour, minute, second].map(|text| digits(text, 2));
        let is_day =
            (1970..=9999).contains(&year) && (1..=days_in_month(year, month)).contains(&day);
        if !is_day || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000))
    }

    /// Returns the date in HTTP's form: `Sun, 06 Nov 1994 08:49:37 GMT`.
    #[must_use]
    pub fn to_http_date(self) -> String {
        let civil = Civil::from(self);
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
            [usize::try_from(self.0 / 86_400_000 % 7).unwrap_or_default()];
        format!(
            "{weekday}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            civil.day,
            MONTHS[civil.month as usize - 1],
            civil.year,
            civil.hour,
            civil.minute,
            civil.second
        )
    }
}

/// Writes `YYYY-MM-DD HH:MM:SS` in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = Civil::from(*self);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

struct Civil {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl From<Timestamp> for Civil {
    fn from(timestamp: Timestamp) -> Self {
        let seconds = timestamp.0 / 1_000;
        let (year, month, day) = civil_from_days((seconds / 86_400).cast_signed());
        let rest = u32::try_from(seconds % 86_400).unwrap_or_default();
        Self { year, month, day, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }
}

/// Parses at most `most` digits, or returns `u64::MAX` for any other text.
fn digits(text: &str, most: usize) -> u64 {
    let plain = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).unwrap_or(u64::MAX)
}

/// Parses a year. Two digits mean 1970 to 2069.
fn full_year(text: &str) -> u64 {
    match (text.len(), digits(text, 4)) {
        (2, year @ 70..100) => 1_900 + year,
        (2, year @ 0..70) => 2_000 + year,
        (_, year) => year,
    }
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is
/// the last day.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = u32::try_from(day_of_year - (153 * shifted + 2) / 5 + 1).unwrap_or(1);
    let month = u32::try_from(if shifted < 10 { shifted + 3 } else { shifted - 9 }).unwrap_or(1);
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(feature = "std")]
mod system;

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Timestamp = Timestamp::from_millis(784_111_777_000);

    #[test]
    fn reads_the_three_forms_of_http_dates() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(Timestamp::parse_http_date(text), Some(EXAMPLE), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_http_date() {
        for text in [
            "",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 6 Nov 99999 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(Timestamp::parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn writes_dates() {
        assert_eq!(EXAMPLE.to_http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(EXAMPLE.to_string(), "1994-11-06 08:49:37");
        assert_eq!(Timestamp::from_millis(951_782_400_000).to_string(), "2000-02-29 00:00:00");
    }

    proptest::proptest! {
        #[test]
        fn http_dates_round_trip(seconds in 0_u64..253_402_300_800) {
            let timestamp = Timestamp::from_millis(seconds * 1_000);
            let read = Timestamp::parse_http_date(&timestamp.to_http_date());
            proptest::prop_assert_eq!(read, Some(timestamp));
        }
    }
}
