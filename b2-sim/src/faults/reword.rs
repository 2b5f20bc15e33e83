//! Responses as a later version of the service might send them.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Value, json};

/// Changes the message of a JSON response and adds unknown fields; leaves other responses unchanged.
pub(crate) fn reword(response: http::Response<Bytes>) -> http::Response<Bytes> {
    let (mut head, body) = response.into_parts();
    let is_json = head
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    let body = match serde_json::from_slice(&body) {
        Ok(Value::Object(mut answer)) if is_json => {
            if head.status.is_success() {
                extend(&mut answer);
            } else {
                answer.insert("message".to_owned(), "Qualcosa è andato storto".into());
            }
            answer.insert(
                "newField".to_owned(),
                json!({ "of": ["a", "later", "version", null, 1.5] }),
            );
            Bytes::from(Value::Object(answer).to_string())
        }
        _ => body,
    };
    if head.headers.contains_key(CONTENT_LENGTH) {
        head.headers.insert(CONTENT_LENGTH, body.len().into());
    }
    http::Response::from_parts(head, body)
}

/// Adds unknown fields and values to each entry of a list, where a client must ignore them.
fn extend(answer: &mut serde_json::Map<String, Value>) {
    for entry in answer.values_mut().filter_map(Value::as_array_mut).flatten() {
        if let Value::Object(entry) = entry {
            entry.insert("newField".to_owned(), Value::Null);
            if entry.contains_key("replicationStatus") {
                entry.insert("replicationStatus".to_owned(), "beamed".into());
            }
        }
    }
}
