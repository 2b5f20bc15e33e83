//! Streams of bytes that can be read once.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::{HostError, Reader};
use bytes::Bytes;
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::ReadableStreamReadResult;
use web_sys::{MessageChannel, ReadableStream, ReadableStreamDefaultReader};

use super::globals;
use crate::task::settled;

/// The chunks of a stream. A stream that is not read to its end is cancelled.
pub(super) struct Chunks(ReadableStreamDefaultReader);

impl Chunks {
    /// Reads a stream, which must not be locked.
    pub(super) fn of_stream(stream: &ReadableStream) -> Self {
        Self(stream.get_reader().unchecked_into())
    }

    /// Returns the next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Uint8Array>, HostError> {
        let read = settled(&self.0.read())
            .await
            .map_err(|error| TransportError::new(TransportErrorKind::Source, message_of(&error)))?;
        let read: ReadableStreamReadResult = read.unchecked_into();
        if read.get_done() == Some(true) { Ok(None) } else { bytes_of(read.get_value()).map(Some) }
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        // Its result is of no interest; a rejection that is not handled would be.
        drop(settled(&self.0.cancel()));
    }
}

#[wasm_bindgen]
extern "C" {
    /// What is known about an exception.
    type Exception;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Exception) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn message(this: &Exception) -> Option<String>;
}

/// Returns the message of an exception.
pub(super) fn message_of(error: &JsValue) -> String {
    if error.is_object() {
        error.unchecked_ref::<Exception>().message().unwrap_or_default()
    } else {
        error.as_string().unwrap_or_default()
    }
}

/// The error of a blob that cannot be read. By the specification, that is a file that has changed since it was chosen.
pub(super) fn unreadable(error: &JsValue) -> HostError {
    let name = if error.is_object() { error.unchecked_ref::<Exception>().name() } else { None };
    let kind = match name.as_deref() {
        Some("NotReadableError" | "NotFoundError") => TransportErrorKind::SourceChanged,
        _ => TransportErrorKind::Source,
    };
    TransportError::new(kind, message_of(error)).into()
}

fn bytes_of(chunk: JsValue) -> Result<Uint8Array, HostError> {
    if let Some(text) = chunk.as_string() {
        return Ok(Uint8Array::from(text.as_bytes()));
    }
    if chunk.is_instance_of::<Uint8Array>() {
        return Ok(chunk.unchecked_into());
    }
    if chunk.is_instance_of::<ArrayBuffer>() {
        return Ok(Uint8Array::new(&chunk));
    }
    if ArrayBuffer::is_view(&chunk) {
        // All views have the properties of this one.
        let view: &Uint8Array = chunk.unchecked_ref();
        let (buffer, offset, length) = (view.buffer(), view.byte_offset(), view.byte_length());
        return Ok(Uint8Array::new_with_byte_offset_and_length(&buffer, offset, length));
    }
    let message = "the stream has a chunk that is not bytes";
    Err(TransportError::new(TransportErrorKind::Source, message).into())
}

/// Lets other tasks of the page run. Timers would be slow in a hidden tab; messages are not.
pub(super) async fn turn() {
    let mut ports = None;
    let promise = Promise::new(&mut |resolve, _| {
        let channel =
            if globals::has("MessageChannel") { MessageChannel::new().ok() } else { None };
        match channel {
            Some(channel) => {
                channel.port1().set_onmessage(Some(&resolve));
                let _ = channel.port2().post_message(&JsValue::UNDEFINED);
                ports = Some(channel);
            }
            None => drop(globals::set_timeout(&resolve, 0.0)),
        }
    });
    let _ = settled(&promise).await;
    if let Some(channel) = ports {
        channel.port1().close();
    }
}

/// A `ReadableStream` of bytes.
pub struct WebReader {
    chunks: Chunks,
    /// Bytes of the last chunk that were not asked for yet.
    rest: Bytes,
}

impl WebReader {
    /// Reads a `ReadableStream` of bytes, which must not be locked.
    #[must_use]
    pub fn of_stream(stream: &ReadableStream) -> Self {
        Self { chunks: Chunks::of_stream(stream), rest: Bytes::new() }
    }
}

impl Reader for WebReader {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut filled = Vec::new();
        loop {
            let take = self.rest.len().min(max - filled.len());
            filled.extend_from_slice(&self.rest.split_to(take));
            if filled.len() == max {
                return Ok((filled.into(), false));
            }
            match self.chunks.next().await? {
                Some(chunk) => self.rest = chunk.to_vec().into(),
                None => return Ok((filled.into(), true)),
            }
        }
    }
}

impl fmt::Debug for WebReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebReader")
    }
}
