//! Errors, as plain data for JavaScript.

use alloc::string::{String, ToString};

use b2_client::proto::error::{Error, Retry};
use js_sys::{JSON, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::host::Thrown;

/// The data of a `B2Error`. Keys, tokens and URLs are never part of an error.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorData<'a> {
    kind: String,
    message: String,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    retryable: bool,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
}

/// The data of an error as a JavaScript object.
pub(super) fn report(error: &Error) -> JsValue {
    let data = ErrorData {
        kind: format!("{:?}", error.kind()),
        message: error.to_string(),
        detail: error.message(),
        server_message: error.server_message(),
        code: error.code(),
        status: error.status(),
        retryable: error.retry() != Retry::Never,
        attempts: error.attempts(),
        operation: error.operation(),
        subject: error.subject(),
    };
    let json = serde_json::to_string(&data).unwrap_or_default();
    JSON::parse(&json).unwrap_or_default()
}

/// Like [`report`], with the exception that was the error's cause, if JavaScript threw one.
pub(super) fn report_with_cause(error: &b2_client::Error) -> JsValue {
    let data = report(error.data());
    let source = core::error::Error::source(error);
    if let Some(Thrown(cause)) = source.and_then(|source| source.downcast_ref()) {
        // Setting a property of a plain object does not fail.
        let _ = Reflect::set(&data, &"cause".into(), cause);
    }
    data
}
