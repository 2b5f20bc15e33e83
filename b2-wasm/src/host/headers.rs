//! Headers as the JavaScript of the host passes them: a line `name:value` for each.

use alloc::string::String;

use b2_client::proto::http::Headers;

/// Writes headers as lines.
pub(crate) fn to_lines(headers: &Headers) -> String {
    let mut lines = String::new();
    for (name, value) in headers.iter() {
        for text in [name, ":", value, "\n"] {
            lines.push_str(text);
        }
    }
    lines
}

/// Reads lines; those that are not headers are left out.
pub(crate) fn from_lines(lines: &str) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines.split('\n').filter_map(|line| line.split_once(':')) {
        let _ = headers.push(name, value.trim());
    }
    headers
}
