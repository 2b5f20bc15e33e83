//! Headers, to and from JavaScript.

use b2_client::proto::http::Headers;
use js_sys::Array;
use wasm_bindgen::JsCast;

/// Returns an array of `[name, value]`.
pub(crate) fn to_array(headers: &Headers) -> Array {
    headers.iter().map(|(name, value)| Array::of2(&name.into(), &value.into())).collect()
}

/// Reads the headers of a request or a response. Invalid ones are left out.
pub(crate) fn from_fetch(fields: &web_sys::Headers) -> Headers {
    let mut headers = Headers::new();
    for field in Array::from(fields) {
        let field: Array = field.unchecked_into();
        let text = |index| field.get(index).as_string().unwrap_or_default();
        let _ = headers.push(&text(0), &text(1));
    }
    headers
}

/// Reads lines of `name: value`, as `XMLHttpRequest` returns them. Invalid ones are left out.
pub(super) fn from_lines(lines: &str) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines.split('\n').filter_map(|line| line.split_once(':')) {
        let _ = headers.push(name, value.trim());
    }
    headers
}
