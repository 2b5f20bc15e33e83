//! The contents of files: pieces of blobs.
//!
//! A large file has the pieces of its parts, and a copy shares the pieces of its source, so neither copies bytes.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use b2_proto::hash::{HEX_LEN, Sha1Digest, Sha1Hasher};
use bytes::Bytes;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// The data of an upload.
#[derive(Clone, Serialize, Deserialize)]
pub enum Blob {
    /// In memory. Cannot be saved.
    #[serde(skip)]
    Bytes(Bytes),
    /// Discarded. Downloads send [`pattern`] instead.
    Discarded,
    /// In a store outside the model, under this number.
    Stored(u64),
}

/// Prints the length instead of the bytes.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Discarded => f.write_str("Discarded"),
            Self::Stored(number) => write!(f, "Stored({number})"),
        }
    }
}

/// A range of bytes in a blob.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Piece {
    /// The blob.
    pub blob: Blob,
    /// The start of the range, in bytes; for discarded bytes, the offset in the [`pattern`].
    pub offset: u64,
    /// The length, in bytes.
    pub len: u64,
}

/// The content of a file or a part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Content {
    pieces: Vec<Piece>,
}

impl Content {
    /// Creates a content of a blob with `len` bytes.
    #[must_use]
    pub fn whole(blob: Blob, len: u64) -> Self {
        let piece = Piece { blob, offset: 0, len };
        Self { pieces: if len == 0 { Vec::new() } else { vec![piece] } }
    }

    /// Returns the pieces, in order. None is empty.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len).sum()
    }

    /// Returns whether the content is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the bytes of `range` that exist.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> Self {
        let mut pieces = Vec::new();
        let mut at = 0;
        for piece in &self.pieces {
            let start = range.start.clamp(at, at + piece.len) - at;
            let end = range.end.clamp(at, at + piece.len) - at;
            if start < end {
                pieces.push(Piece {
                    blob: piece.blob.clone(),
                    offset: piece.offset + start,
                    len: end - start,
                });
            }
            at += piece.len;
            if at >= range.end {
                break;
            }
        }
        Self { pieces }
    }

    /// Returns the SHA-1 that a copied part has if some of its bytes are discarded: that of the ranges instead of the
    /// bytes, since a service without bodies copies terabytes. The digest of a part only has to be repeated when the
    /// large file is finished, and the large file has none.
    pub(crate) fn stand_in_sha1(&self) -> Option<Sha1Digest> {
        let discarded = |piece: &Piece| matches!(piece.blob, Blob::Discarded);
        let ranges = |piece: &Piece| format!("{:?} {} {}", piece.blob, piece.offset, piece.len);
        self.pieces.iter().any(discarded).then(|| {
            let ranges: Vec<String> = self.pieces.iter().map(ranges).collect();
            Sha1Digest::of(ranges.join("\n").as_bytes())
        })
    }

    /// Appends the bytes of `other`.
    pub(crate) fn append(&mut self, other: &Self) {
        self.pieces.extend_from_slice(&other.pieces);
    }

    /// Appends the bytes of an uploaded part. Discarded bytes get their offset in the file as the offset in the
    /// pattern, so that a pattern that is uploaded in parts is downloaded as one.
    pub(crate) fn append_upload(&mut self, other: &Self) {
        let mut at = self.len();
        for piece in &other.pieces {
            let mut piece = piece.clone();
            if matches!(piece.blob, Blob::Discarded) {
                piece.offset = at;
            }
            at += piece.len;
            self.pieces.push(piece);
        }
    }

    /// Returns the bytes in chunks; `None` for bytes in a store.
    pub fn chunks(&self) -> impl Iterator<Item = Option<Bytes>> + '_ {
        self.pieces.iter().flat_map(|piece| {
            let mut at = piece.offset;
            let end = piece.offset + piece.len;
            std::iter::from_fn(move || {
                if at >= end {
                    return None;
                }
                let chunk = match &piece.blob {
                    Blob::Bytes(bytes) => Some(bytes.slice(index(at)..index(end))),
                    Blob::Discarded => Some(pattern(at, end - at)),
                    Blob::Stored(_) => None,
                };
                at = chunk.as_ref().map_or(end, |chunk| at + chunk.len() as u64);
                Some(chunk)
            })
        })
    }

    /// Returns all bytes; `None` if some are in a store.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        if let [Piece { blob: Blob::Bytes(_), .. }] = self.pieces.as_slice() {
            return self.chunks().next().flatten();
        }
        let mut all = Vec::with_capacity(index(self.len()));
        for chunk in self.chunks() {
            all.extend_from_slice(&chunk?);
        }
        Some(all.into())
    }
}

/// Converts a length of bytes in memory.
fn index(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// The period of the pattern. It is a prime, so that an error by a round number yields other bytes.
const PERIOD: u64 = 262_139;

/// Returns the bytes that a download of discarded bytes sends at `offset`: a fixed random sequence that repeats after
/// 262,139 bytes. Returns at least one and at most `len` bytes.
///
/// # Panics
///
/// Never; a `len` of zero gives no bytes.
#[must_use]
pub fn pattern(offset: u64, len: u64) -> Bytes {
    static BLOCK: OnceLock<Bytes> = OnceLock::new();
    let block = BLOCK.get_or_init(|| {
        let mut state = 0x00b2_u64;
        (0..PERIOD)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect::<Vec<u8>>()
            .into()
    });
    let start = offset % PERIOD;
    let end = PERIOD.min(start.saturating_add(len));
    block.slice(index(start)..index(end))
}

/// The digests of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-1.
    pub sha1: Sha1Digest,
    /// MD5, if it was requested.
    pub md5: Option<[u8; 16]>,
}

/// Computes the digests of a content.
#[derive(Clone, Debug)]
pub struct Digester {
    sha1: Sha1Hasher,
    md5: Option<Md5>,
}

impl Digester {
    /// Creates a digester; with MD5 only if `md5`.
    #[must_use]
    pub fn new(md5: bool) -> Self {
        Self { sha1: Sha1Hasher::new(), md5: md5.then(Md5::new) }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha1.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
    }

    /// Returns the digests of all bytes.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests { sha1: self.sha1.finish(), md5: self.md5.map(|md5| md5.finalize().into()) }
    }
}

/// Decodes the body of an upload: hashes the data, and splits off a digest at the end.
#[derive(Clone, Debug)]
pub struct UploadDecoder {
    digester: Digester,
    data_len: u64,
    received: u64,
    trailer_len: usize,
    trailer: Vec<u8>,
}

impl UploadDecoder {
    /// Creates a decoder for `data_len` bytes of data, followed by forty hex digits of their SHA-1 if `trailer`.
    #[must_use]
    pub fn new(data_len: u64, trailer: bool, md5: bool) -> Self {
        Self {
            digester: Digester::new(md5),
            data_len,
            received: 0,
            trailer_len: if trailer { HEX_LEN } else { 0 },
            trailer: Vec::new(),
        }
    }

    /// Takes the next chunk of the body, and returns the data in it.
    pub fn push(&mut self, mut chunk: Bytes) -> Bytes {
        let data = index(self.data_len - self.received).min(chunk.len());
        let rest = chunk.split_off(data);
        self.digester.update(&chunk);
        self.received += data as u64;
        let room = self.trailer_len - self.trailer.len();
        self.trailer.extend_from_slice(&rest[..room.min(rest.len())]);
        chunk
    }

    /// Returns whether the body is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.received == self.data_len && self.trailer.len() == self.trailer_len
    }

    /// Returns the digests of the data, and the digest at the end.
    #[must_use]
    pub fn finish(self) -> (Digests, Option<String>) {
        let trailer =
            (self.trailer_len > 0).then(|| String::from_utf8_lossy(&self.trailer).into_owned());
        (self.digester.finish(), trailer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Content {
        let mut content = Content::whole(Blob::Bytes(Bytes::from_static(b"abcdef")), 6);
        content.append(&Content::whole(Blob::Bytes(Bytes::from_static(b"ghi")), 3));
        content
    }

    #[test]
    fn slices_across_pieces() {
        let content = letters();
        for (range, expected) in
            [(0..9, "abcdefghi"), (4..7, "efg"), (6..8, "gh"), (2..2, ""), (8..20, "i")]
        {
            let slice = content.slice(range.clone());
            assert_eq!(slice.to_bytes().unwrap(), expected, "{range:?}");
            assert_eq!(slice.len(), expected.len() as u64);
        }
    }

    #[test]
    fn a_pattern_uploaded_in_parts_is_read_as_one() {
        let mut content = Content::default();
        for len in [100_u64, 300_000, 7] {
            content.append_upload(&Content::whole(Blob::Discarded, len));
        }
        let whole = Content::whole(Blob::Discarded, 300_107);
        assert_eq!(content.to_bytes(), whole.to_bytes());
    }

    #[test]
    fn splits_the_digest_off_wherever_chunks_end() {
        let digest = Sha1Digest::of(b"hello");
        let body = format!("hello{}", digest.to_hex());
        for cut in 0..body.len() {
            let mut decoder = UploadDecoder::new(5, true, true);
            let mut data = Vec::new();
            for chunk in [&body[..cut], &body[cut..]] {
                assert!(!decoder.is_complete());
                data.extend_from_slice(&decoder.push(Bytes::copy_from_slice(chunk.as_bytes())));
            }
            assert!(decoder.is_complete());
            let (digests, trailer) = decoder.finish();
            assert_eq!((data.as_slice(), digests.sha1), (&b"hello"[..], digest));
            assert_eq!(trailer, Some(digest.to_hex()));
        }
    }
}
