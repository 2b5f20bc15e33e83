//! What only runtimes of servers have.

use core::fmt;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, RequestInit};

#[wasm_bindgen]
extern "C" {
    /// The object `server` of `js/platform/server.js`.
    #[derive(Clone)]
    pub type ServerRuntime;

    /// Whether a body can be read while it is sent, and its length be declared.
    #[wasm_bindgen(method, js_name = streamsBodies)]
    pub(super) fn streams_bodies(this: &ServerRuntime) -> bool;

    /// Sets a body that is read while it is sent. `hash` takes its chunks; called without one, it returns text to append.
    #[wasm_bindgen(method, js_name = streamBody)]
    pub(super) fn stream_body(
        this: &ServerRuntime,
        init: &RequestInit,
        body: &Blob,
        on_sent: &Function,
        on_wrong_length: &Function,
        hash: Option<&Function>,
    );

    /// Explains why a request has no response.
    #[wasm_bindgen(method)]
    pub(super) fn explain(this: &ServerRuntime, error: &JsValue) -> Explanation;

    pub(super) type Explanation;

    /// The kind of the error: `unknownHost`, `tls`, `connect` or `broken`.
    #[wasm_bindgen(method, getter)]
    pub(super) fn kind(this: &Explanation) -> alloc::string::String;

    /// The runtime's error code, if there is one.
    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &Explanation) -> alloc::string::String;
}

impl fmt::Debug for ServerRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerRuntime")
    }
}
