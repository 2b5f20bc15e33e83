//! Choices that are made from the bytes of the fuzzer. When no bytes are left, every choice is the first one and
//! [`Choices::chance`] is false.

use arbitrary::Unstructured;
use b2_proto::http::Headers;
use bytes::Bytes;
use serde_json::{Map, Value};

/// Texts with a meaning for some parsers.
const WORDS: &[&str] = &[
    "",
    "none",
    "unverified:",
    "folder",
    "upload",
    "hide",
    "start",
    "copy",
    "a/",
    "a/b",
    "b",
    "%2",
    "+",
    "bad_request",
    "expired_auth_token",
    "bad_auth_token",
    "duplicate_file_name",
    "cap_exceeded",
    "0",
    "-1",
    "1",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "1e400",
    "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
    "governance",
    "compliance",
    "on",
    "off",
    "AES256",
    "SSE-B2",
    "SSE-C",
    "more than one upload using auth token 4_x",
    "Retry-After",
    "ü\u{0}\u{202e}",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "bytes 0-0/1",
    "bytes 0-9/10",
    "bytes 5-9/20",
    "bytes 0-0/*",
    "bytes 0-99/18446744073709551615",
    "bytes 18446744073709551614-18446744073709551615/18446744073709551615",
];

/// A source of choices.
#[derive(Debug)]
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Returns whether no bytes are left.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a number below `end`, which must not be zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.int_in_range(0..=end - 1).unwrap_or_default()
    }

    /// Returns true with this probability.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// Returns one of the values.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Returns a number, often a small or an extreme one.
    pub(crate) fn number(&mut self) -> u64 {
        match self.below(6) {
            0 => self.0.int_in_range(0..=20).unwrap_or_default(),
            1 => self.0.int_in_range(0..=10_000).unwrap_or_default(),
            2 => 1_500_000_000_000,
            3 => u64::MAX,
            4 => i64::MAX as u64,
            _ => self.0.arbitrary().unwrap_or_default(),
        }
    }

    /// Returns at most `max` bytes.
    pub(crate) fn bytes(&mut self, max: usize) -> &'a [u8] {
        let len = self.below(max + 1).min(self.0.len());
        self.0.bytes(len).unwrap_or_default()
    }

    /// Returns all bytes that are left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let len = self.0.len();
        self.0.bytes(len).unwrap_or_default()
    }

    /// Returns a text, often one of [`WORDS`].
    pub(crate) fn text(&mut self) -> String {
        match self.below(4) {
            0 => String::from_utf8_lossy(self.bytes(40)).into_owned(),
            1 => format!("{}{}", self.one(WORDS), self.one(WORDS)),
            _ => self.one(WORDS).to_owned(),
        }
    }

    /// Returns a JSON object with some of these fields, with values of any type.
    pub(crate) fn object(&mut self, fields: &[&str], depth: usize) -> Value {
        let mut object = Map::new();
        for field in fields {
            if self.chance(70) {
                object.insert((*field).to_owned(), self.value(fields, depth));
            }
        }
        Value::Object(object)
    }

    fn value(&mut self, fields: &[&str], depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 | 1 => self.text().into(),
            2 | 3 => self.number().into(),
            4 => Value::Null,
            5 => self.chance(50).into(),
            6 => self.object(fields, depth - 1),
            _ => {
                let len = self.below(3);
                (0..len).map(|_| self.value(fields, depth - 1)).collect()
            }
        }
    }

    /// Returns some of these headers with any values, and other headers.
    pub(crate) fn headers(&mut self, names: &[&'static str]) -> Headers {
        let mut headers = Headers::new();
        for name in names {
            if self.chance(50) {
                // Invalid values are left out.
                let _ = headers.push(name, &self.text());
            }
        }
        let lines = String::from_utf8_lossy(self.bytes(80));
        for (name, value) in lines.split('\n').filter_map(|line| line.split_once(':')) {
            let _ = headers.push(name, value.trim());
        }
        headers
    }

    /// Returns JSON, truncated JSON, or any bytes.
    pub(crate) fn body(&mut self, json: impl FnOnce(&mut Self) -> Value) -> Bytes {
        match self.below(8) {
            0 => Bytes::copy_from_slice(self.rest()),
            1 => {
                let mut bytes = json(self).to_string().into_bytes();
                bytes.truncate(self.below(bytes.len() + 1));
                bytes.into()
            }
            _ => json(self).to_string().into(),
        }
    }
}
