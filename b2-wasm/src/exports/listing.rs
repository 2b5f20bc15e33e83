//! Listings, a batch at a time.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::poll_fn;

use b2_client::Error;
use b2_client::proto::json::{AsJson, Object};
use b2_client::proto::list::{LsEntry, LsOptions};
use futures::stream::{LocalBoxStream, ReadyChunks};
use futures::{Stream, StreamExt, TryStreamExt};
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client, text};
use super::job::Job;

/// The most entries that cross at once: what B2 answers at once.
const BATCH: usize = 1_000;

type Batches = ReadyChunks<LocalBoxStream<'static, Result<String, Error>>>;

/// A listing under way. One batch is asked for at a time.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Listing(Rc<RefCell<Batches>>);

impl Listing {
    pub(super) fn new<T: 'static>(
        items: impl Stream<Item = Result<T, Error>> + 'static,
        json: impl Fn(T) -> String + 'static,
    ) -> Self {
        // The box inside: batches of text are made by the same code, whatever is listed.
        let texts = items.map_ok(json).boxed_local();
        Self(Rc::new(RefCell::new(texts.ready_chunks(BATCH))))
    }
}

impl core::fmt::Debug for Listing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Listing")
    }
}

#[wasm_bindgen]
impl Listing {
    /// The next entries. Ends with JSON of a list of them, or `undefined` at the end of the listing.
    #[wasm_bindgen(js_name = nextBatch)]
    pub fn next_batch(&self) -> Job {
        let batches = self.0.clone();
        Job::start(async move {
            let next = poll_fn(|context| batches.borrow_mut().poll_next_unpin(context));
            let Some(batch) = next.await else {
                return Ok(JsValue::UNDEFINED);
            };
            let entries = batch.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(format!("[{}]", entries.join(",")).into())
        })
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Files and folders below a path; or, `by_prefix`, all that starts with it.
    #[must_use]
    pub fn ls(&self, path: String, by_prefix: bool, recursive: bool, versions: bool) -> Listing {
        let options = if by_prefix { LsOptions::with_prefix(path) } else { LsOptions::new(path) };
        let options = options.recursive(recursive).versions(versions);
        Listing::new(self.inner.ls(options), |entry| match entry {
            LsEntry::File(version) => text(&version.to_tree()),
            LsEntry::Folder(name) => text(&Object::new().with("folder", name.as_json()).into()),
        })
    }

    /// All versions of exactly this name, newest first.
    #[must_use]
    pub fn versions(&self, name: &str) -> Listing {
        Listing::new(self.inner.list_file_versions(name), |version| text(&version.to_tree()))
    }

    /// Large files that were begun and not finished.
    #[expect(clippy::needless_pass_by_value, reason = "JavaScript gives a string, or none")]
    #[must_use]
    pub fn unfinished(&self, prefix: Option<String>) -> Listing {
        let files = self.inner.list_unfinished_large_files(prefix.as_deref());
        Listing::new(files, |file| {
            let mut unfinished = Object::new();
            unfinished.put("fileId", file.file_id.as_json());
            unfinished.put("fileName", file.file_name.as_json());
            unfinished.put("contentType", file.content_type.as_json());
            unfinished.put("fileInfo", file.file_info.as_json());
            unfinished.put("uploadTimestamp", file.upload_timestamp.as_json());
            text(&unfinished.into())
        })
    }
}

#[wasm_bindgen]
impl Client {
    /// The parts of an unfinished large file.
    #[must_use]
    pub fn parts(&self, file_id: String) -> Listing {
        Listing::new(self.inner.list_parts(file_id.into()), |part| {
            let mut stored = Object::new();
            stored.put("partNumber", part.part_number.as_json());
            stored.put("contentLength", part.content_length.as_json());
            stored.put("contentSha1", part.content_sha1.as_json());
            text(&stored.into())
        })
    }
}
