//! Parsers of argument values.

use std::ops::Range;
use std::time::Duration;

use b2_proto::model::RetentionMode;
use b2_proto::time::Timestamp;

/// The last second of the year 9999. Larger numbers are milliseconds.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// The largest number of transfers at once.
const MAX_THREADS: u16 = 256;

/// Parses a number of seconds, which may have a fraction.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("'{text}' is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Parses a time in seconds since 1970, or in milliseconds.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, String> {
    let number: f64 = text.parse().map_err(|_| {
        format!("'{text}' is not a time; give seconds since 1970, such as 1735689600")
    })?;
    let millis = if number > LAST_SECOND { number } else { number * 1_000.0 };
    if !(0.0..=LAST_SECOND * 1_000.0).contains(&millis) {
        return Err(format!("the time {text} is not between 1970 and 9999"));
    }
    // The range was checked above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(Timestamp::from_millis(millis.round() as u64))
}

/// Parses a time as [`timestamp`] does, or as a date such as `2026-11-29` or `2026-11-29T12:00:00Z`, in UTC.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = || {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
        let (year, rest) = date.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        let time = time.strip_suffix('Z')?;
        // The day of the week is not compared with the date.
        Timestamp::parse_http_date(&format!("Mon, {day} {month} {year} {time} GMT"))
    };
    match date() {
        Some(time) => Ok(time),
        None => timestamp(text).map_err(|_| {
            format!("'{text}' is not a time; give seconds since 1970, or a time such as 2026-11-29T12:00:00Z")
        }),
    }
}

/// Checks that a text is a date as HTTP headers have it.
pub(crate) fn http_date(text: &str) -> Result<String, String> {
    match Timestamp::parse_http_date(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("'{text}' is not a date such as 'Sun, 06 Nov 1994 08:49:37 GMT'")),
    }
}

/// Parses a number of transfers at once: 0 for the default. Backblaze's tool has no upper limit, so more than
/// [`MAX_THREADS`] are like that number.
pub(crate) fn threads(text: &str) -> Result<u16, String> {
    let number: u64 =
        text.parse().map_err(|_| format!("'{text}' is not a number of threads, such as 10"))?;
    Ok(u16::try_from(number).unwrap_or(MAX_THREADS).min(MAX_THREADS))
}

/// Parses `START,END`, both included.
pub(crate) fn range(text: &str) -> Result<Range<u64>, String> {
    let invalid = || format!("'{text}' is not a range; give START,END, such as 0,99 for 100 bytes");
    let (start, end) = text.split_once(',').ok_or_else(invalid)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| invalid());
    let (start, end) = (number(start)?, number(end)?);
    let end = end.checked_add(1).filter(|end| start < *end).ok_or_else(invalid)?;
    Ok(start..end)
}

/// Parses a number of bytes, such as `25000000`, `25M` or `16MiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => 0,
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("'{text}' is not a number of bytes, such as 25000000, 25M or 16MiB"))
}

/// Parses `governance` or `compliance`.
pub(crate) fn retention_mode(text: &str) -> Result<RetentionMode, String> {
    match RetentionMode::from(text) {
        RetentionMode::Other(_) => Err("the mode is governance or compliance".to_owned()),
        mode => Ok(mode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_milliseconds() {
        for (text, millis) in [
            ("1", 1_000),
            ("999999999", 999_999_999_000),
            ("1700000000.5", 1_700_000_000_500),
            ("1700000000123", 1_700_000_000_123),
        ] {
            assert_eq!(timestamp(text), Ok(Timestamp::from_millis(millis)), "{text}");
        }
        for text in ["", "-1", "tomorrow", "nan", "1e300"] {
            assert!(timestamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_may_be_dates() {
        for (text, seconds) in [
            ("1700000000", 1_700_000_000),
            ("2023-11-14", 1_699_920_000),
            ("2023-11-14T22:13:20Z", 1_700_000_000),
        ] {
            assert_eq!(time(text), Ok(Timestamp::from_millis(seconds * 1_000)), "{text}");
        }
        for text in ["", "2023-13-01", "2023-11-14T22:13:20", "2023-11-31", "yesterday"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_include_their_end() {
        assert_eq!(range("0,99"), Ok(0..100));
        assert_eq!(range("5,5"), Ok(5..6));
        for text in ["", "5", "5,4", "a,b", "-1,4", "0,18446744073709551615"] {
            assert!(range(text).is_err(), "{text}");
        }
    }

    #[test]
    fn threads_are_limited() {
        assert_eq!(threads("0"), Ok(0));
        assert_eq!(threads("10"), Ok(10));
        assert_eq!(threads("100000"), Ok(MAX_THREADS));
        for text in ["", "-1", "ten", "1.5"] {
            assert!(threads(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("100"), Ok(100));
        assert_eq!(size("25M"), Ok(25_000_000));
        assert_eq!(size("16MiB"), Ok(16 << 20));
        for text in ["", "0", "M", "5 apples", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
