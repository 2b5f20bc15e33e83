//! Blobs and files to upload.

use core::fmt;
use core::ops::Range;

use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::hash::{HEX_LEN, Sha1Digest, Sha1Hasher};
use b2_client::{HostError, Source};
use bytes::Bytes;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::globals;
use super::stream::{turn, unreadable};
use crate::task::settled;

/// File bytes are copied into the module's memory in pieces of this size, to be hashed.
const PIECE: u32 = 64 << 10;

/// The platform hashes in another thread, and faster than the module; but it wants all bytes at once, and copying more than
/// these blocks the page for longer than a frame.
const AT_ONCE: u64 = 8 << 20;

/// The module hashes so many bytes, a few milliseconds of work, before other tasks of the page get their turn.
const TURN: u32 = 2 << 20;

#[wasm_bindgen(module = "/js/platform/blob.js")]
extern "C" {
    type BlobReader;

    #[wasm_bindgen(constructor)]
    fn new(blob: &Blob, len: u32) -> BlobReader;

    #[wasm_bindgen(method)]
    fn fill(this: &BlobReader) -> Promise;

    #[wasm_bindgen(method)]
    fn close(this: &BlobReader);
}

/// Reads a blob in pieces of `len` bytes, into memory that is used again.
struct Pieces(BlobReader);

impl Pieces {
    fn of_blob(blob: &Blob, len: u32) -> Self {
        Self(BlobReader::new(blob, len))
    }

    /// Returns the next bytes, which are valid until the next call; fewer only at the end.
    async fn next(&mut self) -> Result<Uint8Array, HostError> {
        let bytes = settled(&self.0.fill()).await.map_err(|error| unreadable(&error))?;
        Ok(bytes.unchecked_into())
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A `Blob`, a `File` or a `Uint8Array`, which can be read again.
///
/// Its bytes are sent without being copied into the module's memory.
#[derive(Clone)]
pub struct WebSource {
    content: Content,
    len: u64,
}

#[derive(Clone)]
enum Content {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl WebSource {
    /// A source of a `Blob` or a `File`.
    #[must_use]
    pub fn of_blob(blob: Blob) -> Self {
        let len = blob.size() as u64;
        Self { content: Content::Blob(blob), len }
    }

    /// A source of bytes, which must not be changed.
    #[must_use]
    pub fn of_bytes(bytes: Uint8Array) -> Self {
        let len = bytes.length().into();
        Self { content: Content::Bytes(bytes), len }
    }

    /// Returns a range as a blob. The size of a slice is checked; a whole blob is not sliced.
    fn slice(&self, range: &Range<u64>) -> Result<Blob, HostError> {
        let blob = match &self.content {
            Content::Blob(blob) => blob,
            Content::Bytes(bytes) => &blob_of(bytes),
        };
        // Chromium asks another process for a slice, which takes longer than to send a small file.
        if *range == (0..self.len) {
            return Ok(blob.clone());
        }
        let slice = blob.slice_with_f64_and_f64(range.start as f64, range.end as f64);
        let slice = slice.map_err(|error| unreadable(&error))?;
        let (len, expected) = (slice.size() as u64, range.end.saturating_sub(range.start));
        if len == expected { Ok(slice) } else { Err(wrong_length(len, expected)) }
    }
}

impl From<Bytes> for WebSource {
    fn from(bytes: Bytes) -> Self {
        Self::of_bytes(Uint8Array::from(&*bytes))
    }
}

fn blob_of(part: &JsValue) -> Blob {
    // The constructor fails for parts that are neither bytes nor blobs.
    Blob::new_with_blob_sequence(&Array::of1(part)).unwrap_throw()
}

/// The error of a source that gave more or fewer bytes than it says it has.
pub(super) fn wrong_length(given: u64, expected: u64) -> HostError {
    let message = format!("it gave {given} bytes, not {expected} as it says");
    TransportError::new(TransportErrorKind::SourceChanged, message).into()
}

/// Returns the bytes of ranges of sources.
async fn read(spans: &[(WebSource, Range<u64>)]) -> Result<Uint8Array, HostError> {
    if let [(WebSource { content: Content::Bytes(bytes), len }, range)] = spans
        && *range == (0..*len)
    {
        return Ok(bytes.clone());
    }
    let blob = joined(spans)?;
    let read = settled(&blob.array_buffer()).await.map_err(|error| unreadable(&error))?;
    let (read, len) = (Uint8Array::new(&read), blob.size() as u64);
    if u64::from(read.length()) == len {
        Ok(read)
    } else {
        Err(wrong_length(read.length().into(), len))
    }
}

/// Returns ranges of sources as one blob. Nothing is read.
pub(super) fn joined(spans: &[(WebSource, Range<u64>)]) -> Result<Blob, HostError> {
    if let [(source, range)] = spans {
        return source.slice(range);
    }
    let slices = Array::new();
    for (source, range) in spans {
        slices.push(&source.slice(range)?.into());
    }
    Ok(Blob::new_with_blob_sequence(&slices).unwrap_throw())
}

/// Reads ranges of sources into memory, and appends the digits of their SHA-1.
pub(super) async fn with_digest(
    spans: &[(WebSource, Range<u64>)],
) -> Result<(Uint8Array, Sha1Digest), HostError> {
    let read = read(spans).await?;
    let (digest, len) = (Sha1Digest::of(&read.to_vec()), read.length());
    let bytes = Uint8Array::new_with_length(len + HEX_LEN as u32);
    bytes.set(&read, 0);
    bytes.subarray(len, bytes.length()).copy_from(&digest.to_hex_bytes());
    Ok((bytes, digest))
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
        let mut pieces = Pieces::of_blob(&self.slice(&range)?, TURN);
        loop {
            let piece = pieces.next().await?;
            update(&mut hasher, &piece);
            if piece.length() < TURN || hasher.len() > expected {
                break;
            }
            turn().await;
        }
        if hasher.len() == expected {
            Ok(hasher)
        } else {
            Err(wrong_length(hasher.len(), expected))
        }
    }

    async fn digest(&self, range: Range<u64>) -> Result<Sha1Digest, HostError> {
        let len = range.end.saturating_sub(range.start);
        let (Some(subtle), true) = (globals::subtle_crypto(), len <= AT_ONCE) else {
            return Ok(self.hash(range, Sha1Hasher::new()).await?.finish());
        };
        // A blob that gives more bytes than it says is noticed, since more are asked for.
        let mut pieces = Pieces::of_blob(&self.slice(&range)?, len as u32 + PIECE);
        let bytes = pieces.next().await?;
        if u64::from(bytes.length()) != len {
            return Err(wrong_length(bytes.length().into(), len));
        }
        let failed = |error| unreadable(&error);
        let digest = subtle.digest_with_str_and_js_u8_array("SHA-1", &bytes).map_err(failed)?;
        let digest = settled(&digest).await.map_err(failed)?;
        let mut bytes = [0; 20];
        Uint8Array::new(&digest).copy_to(&mut bytes);
        Ok(bytes.into())
    }
}

/// Hashes a chunk.
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
