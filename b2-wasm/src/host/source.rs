//! What can be uploaded: blobs, and streams that can be read once.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::hash::{Sha1Digest, Sha1Hasher};
use b2_client::{HostError, Reader, Source};
use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::failure::thrown;

/// File bytes pass through the module's memory in pieces of this size, for hashing, and never stay.
const PIECE: u32 = 64 << 10;

#[wasm_bindgen(module = "/js/platform/blob.js")]
extern "C" {
    /// A `Blob` or a `File`.
    #[wasm_bindgen(typescript_type = "Blob")]
    type Blob;

    #[wasm_bindgen(method, getter)]
    fn size(this: &Blob) -> f64;

    #[wasm_bindgen(js_name = ofBytes)]
    fn of_bytes(bytes: &[u8]) -> Blob;

    fn slice(blob: &Blob, start: f64, end: f64) -> JsValue;

    #[wasm_bindgen(js_name = joined)]
    fn join(slices: Vec<JsValue>) -> JsValue;

    /// The SHA-1 of a blob that is small enough to be hashed in one go, by the platform; otherwise `undefined`.
    #[wasm_bindgen(js_name = digestOf)]
    fn digest_of(blob: &JsValue) -> Option<Promise>;

    /// Reads something to its end, chunk by chunk.
    type Chunks;

    #[wasm_bindgen(js_name = chunksOf)]
    fn chunks_of(blob: &JsValue) -> Chunks;

    #[wasm_bindgen(js_name = chunksOfStream)]
    fn chunks_of_stream(stream: &JsValue) -> Chunks;

    /// The next chunk; `undefined` at the end.
    #[wasm_bindgen(method)]
    fn next(this: &Chunks) -> Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &Chunks);
}

/// A `Blob` or a `File`: bytes that the platform keeps and can read again.
///
/// They are sent without passing through the module's memory.
#[derive(Clone)]
pub struct WebSource {
    blob: JsValue,
    len: u64,
}

impl WebSource {
    /// A source of a `Blob` or a `File`.
    #[must_use]
    pub fn of_blob(blob: JsValue) -> Self {
        let len = blob.unchecked_ref::<Blob>().size() as u64;
        Self { blob, len }
    }

    /// A range of it, as a blob of that size.
    fn slice(&self, range: &Range<u64>) -> Result<JsValue, HostError> {
        let slice = slice(self.blob.unchecked_ref(), range.start as f64, range.end as f64);
        let there = slice.unchecked_ref::<Blob>().size() as u64;
        let expected = range.end.saturating_sub(range.start);
        if there == expected { Ok(slice) } else { Err(other_length(there, expected)) }
    }
}

/// The bytes move out of the module's memory.
impl From<Bytes> for WebSource {
    fn from(bytes: Bytes) -> Self {
        Self::of_blob(of_bytes(&bytes).into())
    }
}

/// A source that gave more or fewer bytes than it has, as it says.
fn other_length(given: u64, expected: u64) -> HostError {
    let message = format!("it gave {given} bytes, not {expected} as it says");
    TransportError::new(TransportErrorKind::SourceChanged, message).into()
}

/// These ranges of sources as one blob. Nothing is read.
pub(super) fn joined(spans: &[(WebSource, Range<u64>)]) -> Result<JsValue, HostError> {
    let mut slices = Vec::new();
    for (source, range) in spans {
        slices.push(source.slice(range)?);
    }
    Ok(match slices.pop() {
        Some(only) if slices.is_empty() => only,
        last => {
            slices.extend(last);
            join(slices)
        }
    })
}

impl Source for WebSource {
    fn len(&self) -> u64 {
        self.len
    }

    async fn hash(
        &self,
        range: Range<u64>,
        mut hasher: Sha1Hasher,
    ) -> Result<Sha1Hasher, HostError> {
        let expected = hasher.len() + range.end.saturating_sub(range.start);
        let mut chunks = Chunked::new(chunks_of(&self.slice(&range)?), TransportErrorKind::Source);
        while let Some(chunk) = chunks.next().await? {
            update(&mut hasher, &chunk);
            if hasher.len() > expected {
                break;
            }
        }
        if hasher.len() == expected {
            Ok(hasher)
        } else {
            Err(other_length(hasher.len(), expected))
        }
    }

    async fn digest(&self, range: Range<u64>) -> Result<Sha1Digest, HostError> {
        let Some(digest) = digest_of(&self.slice(&range)?) else {
            return Ok(self.hash(range, Sha1Hasher::new()).await?.finish());
        };
        let digest = digest.await.map_err(|error| thrown(error, TransportErrorKind::Source))?;
        let mut bytes = [0; 20];
        digest.unchecked_into::<Uint8Array>().copy_to(&mut bytes);
        Ok(bytes.into())
    }
}

pub(super) fn update(hasher: &mut Sha1Hasher, chunk: &Uint8Array) {
    let mut done = 0;
    while done < chunk.length() {
        let end = chunk.length().min(done + PIECE);
        hasher.update(&chunk.subarray(done, end).to_vec());
        done = end;
    }
}

impl fmt::Debug for WebSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSource").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A stream that can be read once, forward: a `ReadableStream`.
#[derive(Debug)]
pub struct WebReader {
    chunks: Chunked,
    /// Bytes that arrived with those of an earlier fill.
    rest: Bytes,
}

impl WebReader {
    /// Reads a `ReadableStream` of bytes. Nobody else may.
    #[must_use]
    pub fn of_stream(stream: &JsValue) -> Self {
        let chunks = Chunked::new(chunks_of_stream(stream), TransportErrorKind::Source);
        Self { chunks, rest: Bytes::new() }
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

/// Chunks that are not read to their end let go of what they are of.
struct Chunked {
    chunks: Chunks,
    otherwise: TransportErrorKind,
}

impl Chunked {
    fn new(chunks: Chunks, otherwise: TransportErrorKind) -> Self {
        Self { chunks, otherwise }
    }

    async fn next(&mut self) -> Result<Option<Uint8Array>, HostError> {
        let chunk = self.chunks.next().await;
        let chunk = chunk.map_err(|error| thrown(error, self.otherwise))?;
        Ok((!chunk.is_undefined()).then(|| chunk.unchecked_into()))
    }
}

impl Drop for Chunked {
    fn drop(&mut self) {
        self.chunks.cancel();
    }
}

impl fmt::Debug for Chunked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chunked")
    }
}
