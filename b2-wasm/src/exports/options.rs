//! What an application wrote by hand: every field must be known, so that a slip of the pen is told.

use alloc::string::String;
use core::time::Duration;

use b2_client::Error;
use b2_client::proto::ErrorKind;
use b2_client::proto::json::{Fields, FromJson, Json, JsonError};

use super::error::bad_argument;

/// The fields of an object that JavaScript wrote.
pub(super) struct Options<'j> {
    what: &'static str,
    fields: Fields<'j>,
}

impl<'j> Options<'j> {
    /// The fields, of which no others than these are `known`.
    pub(super) fn of(
        json: &'j Json<'j>,
        what: &'static str,
        known: &[&str],
    ) -> Result<Self, Error> {
        let fields = json.fields().map_err(|error| bad_argument(what, &error))?;
        match fields.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) => {
                let known = known.join(", ");
                Err(invalid(format!("{what} has no field `{name}`; it has {known}")))
            }
            None => Ok(Self { what, fields }),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'j Json<'j>> {
        self.fields.get(name).filter(|value| !matches!(value, Json::Null))
    }

    pub(super) fn read<T: FromJson>(&self, name: &str) -> Result<T, Error> {
        self.fields.read(name).map_err(|error| self.bad(&error))
    }

    /// So many seconds; none are not possible.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>, Error> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let seconds = Self::duration(value).filter(|duration| !duration.is_zero());
        seconds.map(Some).ok_or_else(|| self.no_time(name))
    }

    pub(super) fn millis(&self, name: &str) -> Result<Option<Duration>, Error> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let millis = Self::duration(value).ok_or_else(|| self.no_time(name))?;
        Ok(Some(millis / 1_000))
    }

    fn duration(value: &Json<'_>) -> Option<Duration> {
        match value {
            Json::Number(number) => Some(Duration::from_secs(*number)),
            Json::OtherNumber(text) => Duration::try_from_secs_f64(text.parse().ok()?).ok(),
            _ => None,
        }
    }

    fn no_time(&self, name: &str) -> Error {
        invalid(format!("{}: `{name}` is no length of time", self.what))
    }

    fn bad(&self, error: &JsonError) -> Error {
        bad_argument(self.what, error)
    }
}

pub(super) fn invalid(message: String) -> Error {
    b2_client::proto::Error::new(ErrorKind::InvalidInput, message).into()
}
