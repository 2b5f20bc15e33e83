//! Errors, as plain data for JavaScript.

use b2_client::proto::error::{Error, ErrorKind, Retry};
use b2_client::proto::json::JsonError;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/platform/report.js")]
extern "C" {
    /// The data of a `B2Error`.
    #[allow(clippy::too_many_arguments)]
    #[wasm_bindgen(js_name = errorData)]
    fn error_data(
        kind: &str,
        message: &str,
        code: Option<&str>,
        status: Option<u16>,
        retryable: bool,
        attempts: u32,
        operation: Option<&str>,
        subject: Option<&str>,
    ) -> JsValue;
}

/// What JavaScript is told of an error. It holds no key, no token and no URL, as the error itself holds none.
pub(super) fn report(error: &Error) -> JsValue {
    error_data(
        &format!("{:?}", error.kind()),
        &error.to_string(),
        error.code(),
        error.status(),
        error.retry() != Retry::Never,
        error.attempts(),
        error.operation(),
        error.subject(),
    )
}

/// An argument that is no JSON, or not of the shape that is needed.
pub(super) fn bad_argument(name: &str, error: &JsonError) -> b2_client::Error {
    let message = format!("{name} cannot be read: {error}");
    Error::new(ErrorKind::InvalidInput, message).into()
}
