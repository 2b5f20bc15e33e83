//! Settings that are given by name.

use b2_client::proto::json::{Fields, Json, JsonError};
use wasm_bindgen::JsValue;

use super::error::{bad_argument, report};

/// What `take` makes of settings that JavaScript gave as JSON of an object; the data of an error, if they cannot be
/// read.
pub(super) fn read<T>(
    text: &str,
    take: impl FnOnce(Fields<'_>) -> Result<T, JsonError>,
) -> Result<T, JsValue> {
    let taken = Json::parse(text.as_bytes()).and_then(|settings| take(settings.fields()?));
    taken.map_err(|error| report(&bad_argument("the settings", &error)))
}
