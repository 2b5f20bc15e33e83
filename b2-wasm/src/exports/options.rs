//! Options that JavaScript passes, as JSON text.
//!
//! Each set of options is a struct that derives [`Deserialize`]. Unknown options are an error, here or in JavaScript, so that
//! typing mistakes are found.

use core::time::Duration;

use b2_client::Error;
use b2_client::proto::ErrorKind;
use b2_client::proto::encoding::from_json;
use serde::Deserialize;

/// Reads the options of `what`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`], which names an unknown or missing option.
pub(super) fn parse<'a, T: Deserialize<'a>>(what: &str, json: &'a str) -> Result<T, Error> {
    from_json(json.as_bytes()).map_err(|error| {
        let message = format!("{what} cannot be read: {error}");
        b2_client::proto::Error::new(ErrorKind::InvalidInput, message).into()
    })
}

/// A positive number of seconds.
#[cfg(feature = "gateway")]
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds(pub(super) Duration);

#[cfg(feature = "gateway")]
impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, &'static str> {
        let duration = Duration::from_micros((seconds * 1_000_000.0) as u64);
        if duration.is_zero() {
            Err("a time is not a positive number of seconds")
        } else {
            Ok(Self(duration))
        }
    }
}

/// A whole number of milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(from = "u64")]
pub(super) struct Milliseconds(pub(super) Duration);

impl From<u64> for Milliseconds {
    fn from(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }
}
