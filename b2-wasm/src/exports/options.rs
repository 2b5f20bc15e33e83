//! Options that JavaScript passes, as JSON text.
//!
//! Each set of options is a struct that derives [`Deserialize`]. Unknown options are an error, so that typing mistakes
//! are found.

use alloc::string::{String, ToString};
use core::time::Duration;

use b2_client::Error;
use b2_client::proto::ErrorKind;
use serde::Deserialize;

/// Reads the options of `what`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`], which names an unknown or missing option.
pub(super) fn parse<'a, T: Deserialize<'a>>(what: &str, json: &'a str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| unreadable(what, &error))
}

#[cold]
fn unreadable(what: &str, error: &serde_json::Error) -> Error {
    let message = error.to_string();
    // The application did not write the JSON text: a position in it says nothing to it.
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);
    invalid(format!("{what} cannot be read: {message}"))
}

/// An option that cannot be used.
pub(super) fn invalid(message: String) -> Error {
    b2_client::proto::Error::new(ErrorKind::InvalidInput, message).into()
}

/// A positive number of seconds.
#[cfg(feature = "gateway")]
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds(pub(super) Duration);

#[cfg(feature = "gateway")]
impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => Ok(Self(duration)),
            _ => Err(format!("{seconds} is not a positive number of seconds")),
        }
    }
}

/// A number of milliseconds, possibly none.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Milliseconds(pub(super) Duration);

impl TryFrom<f64> for Milliseconds {
    type Error = String;

    fn try_from(millis: f64) -> Result<Self, String> {
        let duration = Duration::try_from_secs_f64(millis / 1_000.0);
        duration.map(Self).map_err(|_| format!("{millis} is not a number of milliseconds"))
    }
}
