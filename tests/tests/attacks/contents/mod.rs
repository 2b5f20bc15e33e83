//! Uploads that the grant does not permit.

mod bytes;
mod info;
mod names;
mod settings;
mod types;

use serde_json::Value;

use crate::suite::Suite;
use crate::wire::Request;

pub(crate) use bytes::bytes;
pub(crate) use info::info;
pub(crate) use names::names;
pub(crate) use settings::bindings;
pub(crate) use types::types;

const START: &str = "b2_start_large_file";

/// Returns a request to start a large file with another value in a field.
pub(crate) fn start(suite: &Suite, field: &str, value: Value) -> Request {
    let mut body = suite.body(START);
    body[field] = value;
    Request::call(START, suite.token("ada"), &body)
}

/// Percent-encodes every byte.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
