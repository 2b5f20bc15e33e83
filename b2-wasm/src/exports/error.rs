//! Errors, as plain data for JavaScript.

use alloc::string::ToString;

use b2_client::proto::error::{Error, ErrorKind, Retry};
use b2_client::proto::json::JsonError;
use wasm_bindgen::prelude::*;

use crate::host::Thrown;

#[wasm_bindgen(module = "/js/platform/report.js")]
extern "C" {
    /// The data of a `B2Error`.
    #[allow(clippy::too_many_arguments)]
    #[wasm_bindgen(js_name = errorData)]
    fn error_data(
        kind: &str,
        message: &str,
        detail: &str,
        server_message: Option<&str>,
        code: Option<&str>,
        status: Option<u16>,
        retryable: bool,
        attempts: u32,
        operation: Option<&str>,
        subject: Option<&str>,
        cause: &JsValue,
    ) -> JsValue;
}

/// What JavaScript is told of an error. It holds no key, no token and no URL, as the error itself holds none.
pub(super) fn report(error: &Error) -> JsValue {
    with_cause(error, &JsValue::UNDEFINED)
}

/// The same, with what JavaScript itself threw, where that was the cause.
pub(super) fn report_all(error: &b2_client::Error) -> JsValue {
    let thrown = core::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Thrown>());
    with_cause(error, thrown.map_or(&JsValue::UNDEFINED, |thrown| &thrown.0))
}

fn with_cause(error: &Error, cause: &JsValue) -> JsValue {
    error_data(
        &format!("{:?}", error.kind()),
        &error.to_string(),
        error.message(),
        error.server_message(),
        error.code(),
        error.status(),
        error.retry() != Retry::Never,
        error.attempts(),
        error.operation(),
        error.subject(),
        cause,
    )
}

/// An argument that is no JSON, or not of the shape that is needed.
pub(super) fn bad_argument(name: &str, error: &JsonError) -> b2_client::Error {
    let message = format!("{name} cannot be read: {error}");
    Error::new(ErrorKind::InvalidInput, message).into()
}
