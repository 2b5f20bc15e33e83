//! The destination of a download: an object that takes bytes.

use alloc::vec::Vec;
use core::fmt;

use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::{HostError, Sink};
use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::stream::message_of;
use crate::task::settled;

#[wasm_bindgen]
extern "C" {
    /// An object with `write(offset, bytes)`, which answers with a promise.
    type Target;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Target, offset: f64, bytes: Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Target, offset: f64, max: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, getter, js_name = readsBack)]
    fn reads_back(this: &Target) -> Option<bool>;
}

/// A JavaScript object with a method `write(offset: number, bytes: Uint8Array): Promise<void>`.
///
/// If it has `readsBack: true`, bytes may come in any order, several ranges at once, and its method
/// `read(offset: number, max: number): Promise<Uint8Array>` reads them when all have been written.
///
/// The next bytes are fetched when the promise has resolved, so a slow reader slows the download down.
#[derive(Clone)]
pub struct WebSink(JsValue);

impl WebSink {
    /// A sink that writes to this object.
    #[must_use]
    pub fn new(target: JsValue) -> Self {
        Self(target)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: JsValue) -> HostError {
    TransportError::new(TransportErrorKind::Sink, message_of(&error)).into()
}

impl Sink for WebSink {
    fn is_random_access(&self) -> bool {
        self.0.unchecked_ref::<Target>().reads_back() == Some(true)
    }

    fn reads_back_late(&self) -> bool {
        self.is_random_access()
    }

    async fn write(&self, offset: u64, chunks: Vec<Bytes>) -> Result<(), HostError> {
        // One call for all: each takes a trip to another process of the browser.
        let bytes =
            Uint8Array::new_with_length(chunks.iter().map(Bytes::len).sum::<usize>() as u32);
        let mut at = 0;
        for chunk in &chunks {
            let end = at + chunk.len() as u32;
            bytes.subarray(at, end).copy_from(chunk);
            at = end;
        }
        let written = self.0.unchecked_ref::<Target>().write(offset as f64, bytes);
        settled(&written.map_err(failed)?).await.map_err(failed)?;
        Ok(())
    }

    async fn read(&self, offset: u64, max: u64) -> Result<Bytes, HostError> {
        let read = self.0.unchecked_ref::<Target>().read(offset as f64, max as f64);
        let bytes = settled(&read.map_err(failed)?).await.map_err(failed)?;
        let bytes: Uint8Array = bytes.unchecked_into();
        Ok(bytes.to_vec().into())
    }
}

impl fmt::Debug for WebSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSink")
    }
}
