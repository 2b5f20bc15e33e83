//! JSON, beside `serde_json`: both take the same texts, and see the same in them.

use b2_proto::json::Json;
use serde_json::Value;

use crate::input::Choices;

/// What one reads, the other reads, also when a byte of it was damaged; and writes back the same.
pub fn json(data: &[u8]) {
    compare(data);
    let choices = &mut Choices::new(data);
    let mut text = choices.object(&["a", "fileId", "\u{1f600}\"\\"], 3).to_string().into_bytes();
    compare(&text);
    let at = choices.below(text.len());
    text[at] = choices.one(b"\"\\{}[]:,-+.eE0u \n\x1f\xff");
    compare(&text);
}

fn compare(text: &[u8]) {
    match (Json::parse(text), serde_json::from_slice::<Value>(text)) {
        (Ok(ours), Ok(theirs)) => {
            let written = ours.to_text().expect("what was read can be said");
            let again: Value = serde_json::from_str(&written).expect("it is JSON");
            assert_eq!(again, theirs, "{written}");
            assert_eq!(Value::from(ours), theirs);
        }
        (Err(_), Err(_)) => {}
        // Nobody looks at such a number, so it may be as large as it likes.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
        (ours, theirs) => panic!("{ours:?}, but {theirs:?}"),
    }
}
