//! Files that exist in listings only, so that clients can be measured with any number of names.

use std::collections::BTreeMap;

use b2_proto::time::Timestamp;

use crate::content::{Blob, Content};
use crate::state::{Encryption, Kind, Version, file_id};

/// The size of each generated file, in bytes.
const SIZE: u64 = 1_000;

/// The time of modification and of the upload of each generated file, in milliseconds.
const TIME: u64 = 1_700_000_000_000;

/// The number of files per folder.
const PER_FOLDER: u64 = 1_000;

/// Returns the name of a generated file. Larger numbers have later names.
#[must_use]
pub fn generated_name(number: u64) -> String {
    format!("d{:07}/f{:03}", number / PER_FOLDER, number % PER_FOLDER)
}

/// Returns the generated files from the first one on whose name is not before `start`.
pub(super) fn generated(bucket_id: &str, count: u64, start: &str) -> impl Iterator<Item = Version> {
    let (mut first, mut end) = (0, count);
    while first < end {
        let middle = first + (end - first) / 2;
        if *generated_name(middle) < *start {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    (first..count).map(move |number| version(bucket_id, number))
}

fn version(bucket_id: &str, number: u64) -> Version {
    let timestamp = Timestamp::from_millis(TIME);
    let modified = ("src_last_modified_millis".to_owned(), TIME.to_string());
    Version {
        id: file_id(bucket_id, false, timestamp, number),
        name: generated_name(number),
        kind: Kind::Upload,
        timestamp,
        serial: number,
        content_type: "application/octet-stream".to_owned(),
        sha1: "none".to_owned(),
        md5: None,
        info: BTreeMap::from([modified]).into(),
        encryption: Encryption::SseB2,
        retention: None,
        hold: None,
        replication_status: None,
        content: Content::whole(Blob::Discarded, SIZE),
        parts: BTreeMap::new(),
    }
}
