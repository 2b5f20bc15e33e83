//! Listings, page by page.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Context, Poll};

use b2_client::Error;
use b2_client::proto::list::{Filter, LsOptions};
use futures::StreamExt;
use wasm_bindgen::prelude::*;

use super::client::{Bucket, Client};
use super::job::Job;
use super::shapes::{Entry, FileVersion, Part, UnfinishedLargeFile, list};

/// Polls for the next page, as JSON text.
type NextPage = dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<String, Error>>>;

/// A listing. One page is requested at a time.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Listing(Rc<RefCell<NextPage>>);

impl Listing {
    pub(super) fn new<T: 'static>(
        listing: b2_client::Listing<T>,
        json: fn(&[T]) -> String,
    ) -> Self {
        let mut pages = listing.into_pages();
        Self(Rc::new(RefCell::new(move |context: &mut Context<'_>| {
            let page = pages.poll_next_unpin(context);
            page.map_ok(|page| json(&page))
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
    /// Fetches the next page. Resolves to JSON of a list of entries, or to `undefined` at the end of the listing.
    #[wasm_bindgen(js_name = nextPage)]
    pub fn next_page(&self) -> Job {
        let next = self.0.clone();
        Job::start(poll_fn(move |context| {
            let page = (next.borrow_mut())(context);
            page.map(|page| page.transpose().map(JsValue::from))
        }))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// Lists files and folders below a path; with `by_prefix`, those whose names start with it; with `wildcard`, those
    /// whose names match it. A filter is a pattern after `+`, which includes what matches, or another character, which
    /// excludes it.
    #[must_use]
    pub fn ls(
        &self,
        path: String,
        by_prefix: bool,
        recursive: bool,
        versions: bool,
        wildcard: bool,
        filters: Vec<String>,
    ) -> Listing {
        let mut options = LsOptions::new(path).recursive(recursive).versions(versions);
        (options.by_prefix, options.wildcard) = (by_prefix, wildcard);
        options.filters.extend(filters.into_iter().map(|filter| match filter.strip_prefix('+') {
            Some(pattern) => Filter::include(pattern),
            None => Filter::exclude(filter.get(1..).unwrap_or_default()),
        }));
        Listing::new(self.inner.ls(options).into_listing(), |entries| {
            list(entries.iter().map(Entry::from))
        })
    }

    /// Lists all versions of exactly this name, newest first.
    #[must_use]
    pub fn versions(&self, name: &str) -> Listing {
        let versions = self.inner.list_file_versions(name).into_listing();
        Listing::new(versions, |files| list(files.iter().map(FileVersion::from)))
    }

    /// Lists unfinished large files.
    #[must_use]
    pub fn unfinished(&self, prefix: Option<String>) -> Listing {
        let unfinished = self.inner.list_unfinished_large_files();
        let unfinished = match prefix {
            Some(prefix) => unfinished.prefix(prefix),
            None => unfinished,
        };
        Listing::new(unfinished.into_listing(), |files| {
            list(files.iter().map(UnfinishedLargeFile::from))
        })
    }
}

#[wasm_bindgen]
impl Client {
    /// Lists the parts of an unfinished large file.
    #[must_use]
    pub fn parts(&self, file_id: String) -> Listing {
        let parts = self.inner.list_parts(file_id.into()).into_listing();
        Listing::new(parts, |parts| list(parts.iter().map(Part::from)))
    }
}
