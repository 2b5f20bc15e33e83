//! A half-open range of bytes in JSON, as B2 writes it: `bytes=0-99`, with the last byte included.

use alloc::string::String;
use core::ops::Range;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(
    range: &Option<Range<u64>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text =
        |range: &Range<u64>| format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
    range.as_ref().map(text).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Range<u64>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    // `parse` accepts a sign.
    let range = text.strip_prefix("bytes=").filter(|range| !range.contains('+'));
    let range = range.and_then(|range| range.split_once('-'));
    let range = range.and_then(|(start, last)| {
        let last: u64 = last.parse().ok()?;
        Some(start.parse().ok()?..last.checked_add(1)?)
    });
    range.map(Some).ok_or_else(|| D::Error::custom("it is not a range of bytes"))
}
