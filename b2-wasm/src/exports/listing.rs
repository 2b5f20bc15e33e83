//! Listings, a batch at a time.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Context, Poll};

use b2_client::Error;
use b2_client::proto::json::{AsJson, Json, Object};
use b2_client::proto::list::{LsEntry, LsOptions};
use b2_client::proto::model::{FileVersion, Part, UnfinishedLargeFile};
use futures::StreamExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client, text};
use super::job::Job;

/// What asks for a page, whatever is listed, and says it in JSON.
type NextPage = dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<String, Error>>>;

/// A listing under way. One batch is asked for at a time.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Listing(Rc<RefCell<NextPage>>);

impl Listing {
    pub(super) fn new<T: 'static>(
        listing: b2_client::Listing<T>,
        json: fn(&T) -> Json<'_>,
    ) -> Self {
        let mut pages = listing.into_pages();
        Self(Rc::new(RefCell::new(move |context: &mut Context<'_>| {
            let page = pages.poll_next_unpin(context);
            page.map_ok(|page| text(&Json::List(page.iter().map(json).collect())))
        })))
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
        let next = self.0.clone();
        Job::start(poll_fn(move |context| {
            let page = (next.borrow_mut())(context);
            page.map(|page| page.transpose().map(JsValue::from))
        }))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Files and folders below a path; or, `by_prefix`, all that starts with it.
    #[must_use]
    pub fn ls(&self, path: String, by_prefix: bool, recursive: bool, versions: bool) -> Listing {
        let options = if by_prefix { LsOptions::with_prefix(path) } else { LsOptions::new(path) };
        let options = options.recursive(recursive).versions(versions);
        Listing::new(self.inner.ls(options), entry)
    }

    /// All versions of exactly this name, newest first.
    #[must_use]
    pub fn versions(&self, name: &str) -> Listing {
        Listing::new(self.inner.list_file_versions(name), FileVersion::to_tree)
    }

    /// Large files that were begun and not finished.
    #[expect(clippy::needless_pass_by_value, reason = "JavaScript gives a string, or none")]
    #[must_use]
    pub fn unfinished(&self, prefix: Option<String>) -> Listing {
        Listing::new(self.inner.list_unfinished_large_files(prefix.as_deref()), unfinished)
    }
}

#[wasm_bindgen]
impl Client {
    /// The parts of an unfinished large file.
    #[must_use]
    pub fn parts(&self, file_id: String) -> Listing {
        Listing::new(self.inner.list_parts(file_id.into()), part)
    }
}

fn entry(entry: &LsEntry) -> Json<'_> {
    match entry {
        LsEntry::File(version) => version.to_tree(),
        LsEntry::Folder(name) => Object::new().with("folder", name.as_json()).into(),
    }
}

fn unfinished(file: &UnfinishedLargeFile) -> Json<'_> {
    let mut unfinished = Object::new();
    unfinished.put("fileId", file.file_id.as_json());
    unfinished.put("fileName", file.file_name.as_json());
    unfinished.put("contentType", file.content_type.as_json());
    unfinished.put("fileInfo", file.file_info.as_json());
    unfinished.put("uploadTimestamp", file.upload_timestamp.as_json());
    unfinished.into()
}

fn part(part: &Part) -> Json<'_> {
    let mut stored = Object::new();
    stored.put("partNumber", part.part_number.as_json());
    stored.put("contentLength", part.content_length.as_json());
    stored.put("contentSha1", part.content_sha1.as_json());
    stored.into()
}
