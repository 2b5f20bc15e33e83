//! Error responses: any status, headers and body give an error that can be printed.

use b2_proto::Error;
use b2_proto::error::{ApiError, Target};

use crate::input::Choices;

/// Checks that the error of any response has a short message without control characters.
pub fn error_bodies(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let target = choices.one(&[Target::Authorize, Target::Api, Target::Upload, Target::Download]);
    let status = match choices.below(3) {
        0 => choices.number() as u16,
        _ => choices.one(&[400, 401, 403, 404, 405, 408, 416, 429, 500, 503]),
    };
    let headers = choices.headers(&["retry-after", "date", "content-type", "server"]);
    let body = choices.body(|choices| choices.object(&["status", "code", "message"], 2));

    let api = ApiError::read(status, &body);
    assert_eq!(api.status, status);
    assert!(api.message.chars().count() <= 301, "a long message");
    assert!(!api.message.contains(char::is_control), "{api:?}");

    let error = Error::from_reply(target, status, &headers, &body);
    assert_eq!(error, Error::from_reply(target, status, &headers, &body));
    let text = format!("{error} {error:?}");
    assert!(!text.is_empty());
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert!(!error.message().is_empty(), "an error without a message: {error:?}");
    let labelled = error.with_operation("b2_list_buckets").with_subject("a/b");
    assert!(labelled.to_string().len() >= "b2_list_buckets".len());
}
