//! Settings that are given by name.

use b2_client::proto::json::{FromJson, Json, JsonError};
use wasm_bindgen::JsValue;

use super::error::{bad_argument, report};

/// Settings that JavaScript gave by name.
pub(super) struct Settings<'a>(Json<'a>);

impl<'a> Settings<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, JsValue> {
        let settings = Json::parse(text.as_bytes());
        settings.map(Self).map_err(|error| unreadable(&error))
    }

    pub(super) fn get<T: FromJson>(&self, name: &str) -> Result<Option<T>, JsValue> {
        let value = self.0.fields().and_then(|settings| settings.read(name));
        value.map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &JsonError) -> JsValue {
    report(&bad_argument("the settings", error))
}
