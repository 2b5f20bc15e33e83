//! Settings that are given by name.

use b2_client::Error;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::bad_argument;

/// Settings that JavaScript gave by name.
pub(super) struct Settings(Map<String, Value>);

impl Settings {
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        serde_json::from_slice(text.as_bytes())
            .map(Self)
            .map_err(|error| bad_argument("the settings", &error))
    }

    pub(super) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        serde_json::from_value(value).map(Some).map_err(|error| bad_argument(name, &error))
    }
}
