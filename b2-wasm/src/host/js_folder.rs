//! The object of JavaScript that a folder is read and written through.

use alloc::boxed::Box;

use b2_client::HostError;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::time::Timestamp;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::credential::Thrown;
use super::stream::message_of;
use crate::task::settled;

#[wasm_bindgen]
extern "C" {
    /// An object with `entries`, `open`, `create`, `createFolder` and `remove`, as `LocalFolder` in `types/sync.d.ts` describes it.
    #[derive(Clone)]
    pub type JsFolder;

    /// Returns the iterator of the pages of a scan. `wants(name)` says whether a file, or with a slash at its end a
    /// folder, is looked at.
    #[wasm_bindgen(method, catch)]
    pub(super) fn entries(this: &JsFolder, wants: &js_sys::Function)
    -> Result<EntryPages, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn open(this: &JsFolder, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn create(this: &JsFolder, name: &str, size: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = createFolder)]
    pub(super) fn create_folder(this: &JsFolder, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn remove(this: &JsFolder, name: &str) -> Result<JsValue, JsValue>;

    /// An asynchronous iterator of pages, each an array of [`Entry`].
    pub(super) type EntryPages;

    #[wasm_bindgen(method, catch)]
    pub(super) fn next(this: &EntryPages) -> Result<JsValue, JsValue>;

    /// Ends an iteration before its end.
    #[wasm_bindgen(method, catch, js_name = "return")]
    pub(super) fn leave(this: &EntryPages) -> Result<JsValue, JsValue>;
}

/// Returns a time that JavaScript gives in milliseconds.
pub(super) fn time(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis.max(0.0) as u64)
}

/// Awaits what a method has returned: a value, or a promise of one.
pub(super) async fn answer(returned: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    settled(&Promise::resolve(&returned?)).await
}

pub(super) fn not_read(error: JsValue) -> HostError {
    failed(TransportErrorKind::Source, error)
}

pub(super) fn failed(kind: TransportErrorKind, error: JsValue) -> HostError {
    let failure = TransportError::new(kind, message_of(&error));
    HostError { failure, cause: Some(Box::new(Thrown(error))) }
}
