//! The file of the benchmark of copies within B2.

use serde_json::{Value, json};

use super::account::{Account, text};
use super::sim::BUCKET;
use super::wire::{Connection, Head};
use crate::Result;

/// The name of the file that is copied.
pub(crate) const SOURCE: &str = "origin";

/// The length of the file that is copied, in bytes.
pub(crate) const SIZE: u64 = 12_000_000_000;

/// The length of the only bytes that are uploaded for it.
const SEED: u64 = 100_000_000;

/// The number of copies of a file in the next one, and of that one in the file to copy.
const COPIES: [u64; 2] = [40, 3];

/// Creates the file to copy at a server that discards content: a small file is uploaded, and copied into larger ones.
pub(crate) fn create_source(account: &mut Account) -> Result<()> {
    let bucket_id = account.bucket_id(BUCKET)?;
    let target = account.call("b2_get_upload_url", &json!({"bucketId": bucket_id}))?;
    let (url, token) = (text(&target["uploadUrl"])?, text(&target["authorizationToken"])?);
    let head = Head {
        method: "POST",
        headers: &[
            ("Authorization", &token),
            ("X-Bz-File-Name", "seed"),
            ("Content-Type", "b2/x-auto"),
            ("X-Bz-Content-Sha1", "do_not_verify"),
        ],
        length: SEED,
    };
    let mut connection = Connection::to(&url)?;
    connection.send(&url, &head, &vec![0; usize::try_from(SEED)?])?;
    let mut file: Value = serde_json::from_slice(&connection.collect()?)?;
    for (name, copies) in ["larger", SOURCE].into_iter().zip(COPIES) {
        let start = json!({"bucketId": bucket_id, "fileName": name, "contentType": "b2/x-auto"});
        let started = account.call("b2_start_large_file", &start)?;
        let mut sha1s = Vec::new();
        for number in 1..=copies {
            let part = json!({
                "sourceFileId": file["fileId"], "largeFileId": started["fileId"], "partNumber": number,
            });
            sha1s.push(account.call("b2_copy_part", &part)?["contentSha1"].clone());
        }
        let finish = json!({"fileId": started["fileId"], "partSha1Array": sha1s});
        file = account.call("b2_finish_large_file", &finish)?;
    }
    Ok(())
}
