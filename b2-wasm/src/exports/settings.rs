//! Settings that are given by name.

use b2_client::Error;
use b2_client::proto::json::{FromJson, Json};

use super::error::bad_argument;

/// Settings that JavaScript gave by name.
pub(super) struct Settings<'a>(Json<'a>);

impl<'a> Settings<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Error> {
        let settings = Json::parse(text.as_bytes());
        settings.map(Self).map_err(|error| bad_argument("the settings", &error))
    }

    pub(super) fn get<T: FromJson>(&self, name: &str) -> Result<Option<T>, Error> {
        let value = self.0.fields().and_then(|settings| settings.read(name));
        value.map_err(|error| bad_argument("the settings", &error))
    }
}
