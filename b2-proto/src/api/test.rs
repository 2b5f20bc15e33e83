//! Helpers of the tests of calls.

use bytes::Bytes;
use serde_json::Value;

use super::Endpoint;
use crate::account::Authorization;
use crate::error::Error;
use crate::http::Response;
use crate::machine::{Body, Reply, Request};

/// Returns a response with a JSON body.
pub(super) fn reply(status: u16, body: &Value) -> Reply {
    let body = Bytes::from(serde_json::to_vec(body).unwrap());
    Reply::new(Response::new(status, body))
}

/// Returns an authorization that allows everything.
pub(super) fn authorization() -> Authorization {
    Authorization::new(
        "acc".into(),
        "token".into(),
        "https://api.example.com",
        "https://f.example.com",
    )
}

/// Returns the JSON that a call sends.
pub(super) fn sent<E: Endpoint>(call: &E) -> Result<Value, Error> {
    call.request(Some(&authorization())).map(|request| body(&request))
}

pub(super) fn body(request: &Request) -> Value {
    match &request.body {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
        other => panic!("no JSON: {other:?}"),
    }
}

/// Returns the error of a call with this response.
pub(super) fn refused<E: Endpoint>(call: &E, status: u16, code: &str, message: &str) -> Error {
    let body = serde_json::json!({"status": status, "code": code, "message": message});
    call.response(&reply(status, &body)).unwrap_err()
}
