//! How long a server asks to wait.

use core::time::Duration;

use crate::http::Headers;
use crate::http::names::RETRY_AFTER;
use crate::time::Timestamp;

const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// Parses `Retry-After`: seconds with or without decimals, or a date, which is compared with the `Date` of the response,
/// so that no clock is needed. Returns at most an hour, and `None` for any other value.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let text = |name| headers.get(name).map(str::trim);
    let value = text(RETRY_AFTER)?;
    let delay = match decimal_seconds(value) {
        Some(delay) => delay,
        None => {
            let until = Timestamp::parse_http_date(value)?;
            until.saturating_since(Timestamp::parse_http_date(text("date")?)?)
        }
    };
    Some(delay.min(MAX_RETRY_AFTER))
}

/// Parses seconds with decimals, to the millisecond, without floating-point numbers.
fn decimal_seconds(text: &str) -> Option<Duration> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(decimals) {
        return None;
    }
    // A number that is too large is longer than any retry budget.
    let seconds = seconds.parse().unwrap_or(u64::MAX);
    let millis = decimals.bytes().chain(*b"000").take(3);
    let millis = millis.fold(0, |millis, digit| millis * 10 + u64::from(digit - b'0'));
    Some(Duration::from_secs(seconds).saturating_add(Duration::from_millis(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_retry_after_in_all_its_forms() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:49:47 GMT";
        let rows = [
            ("7", Some(7_000)),
            (" 1.5 ", Some(1_500)),
            ("0.0625", Some(62)),
            ("99999999999999999999.9", Some(3_600_000)),
            (later, Some(10_000)),
            (date, Some(0)),
            ("86400", Some(3_600_000)),
            ("-1", None),
            ("1.", None),
            ("1e3", None),
            ("NaN", None),
            ("soon", None),
        ];
        for (value, millis) in rows {
            let mut headers = Headers::new();
            headers.push("retry-after", value).unwrap();
            headers.push("date", date).unwrap();
            assert_eq!(retry_after(&headers), millis.map(Duration::from_millis), "{value}");
        }
    }
}
