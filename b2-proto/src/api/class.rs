//! The classes as which B2 bills calls.

use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::http::RequestHead;

/// The class as which B2 bills a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallClass {
    /// Uploads, hiding, deletions: free.
    A,
    /// Downloads and the properties of one file.
    B,
    /// Listings, copies, and all others.
    C,
}

/// Numbers of calls by the class as which B2 bills them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Calls {
    /// The number of class A calls.
    pub class_a: u64,
    /// The number of class B calls.
    pub class_b: u64,
    /// The number of class C calls. A page of a listing counts once for each 1,000 entries, as B2 bills it.
    pub class_c: u64,
}

/// The number of entries of a listing that are billed as one call.
const ENTRIES_PER_CALL: u64 = 1_000;

/// An entry has at least this many bytes, so a shorter page is one call.
const MIN_ENTRY: usize = 100;

impl CallClass {
    /// Returns the class of a request to B2.
    ///
    /// ```
    /// use b2_proto::api::CallClass;
    /// use b2_proto::http::{Method, RequestHead};
    ///
    /// let class = |url: &str| CallClass::of(&RequestHead::new(Method::Post, url));
    /// assert_eq!(class("https://api.example.com/b2api/v4/b2_list_file_names"), CallClass::C);
    /// assert_eq!(class("https://pod.example.com/b2api/v4/b2_upload_file/1/2"), CallClass::A);
    /// assert_eq!(class("https://f.example.com/file/photos/b2_list_file_names"), CallClass::B);
    /// ```
    #[must_use]
    pub fn of(request: &RequestHead) -> Self {
        match operation(request) {
            // The URL of an upload is opaque; that of a download by name has no operation.
            None if request.url.contains("/file/") => Self::B,
            None => Self::A,
            Some(
                "b2_cancel_large_file"
                | "b2_delete_bucket"
                | "b2_delete_file_version"
                | "b2_delete_key"
                | "b2_finish_large_file"
                | "b2_get_upload_part_url"
                | "b2_get_upload_url"
                | "b2_hide_file"
                | "b2_start_large_file"
                | "b2_update_file_legal_hold"
                | "b2_update_file_retention"
                | "b2_upload_file"
                | "b2_upload_part",
            ) => Self::A,
            Some("b2_download_file_by_id" | "b2_download_file_by_name" | "b2_get_file_info") => {
                Self::B
            }
            Some(_) => Self::C,
        }
    }

    /// Returns whether the request is a listing, whose response says how many calls are billed.
    #[must_use]
    pub fn is_listing(request: &RequestHead) -> bool {
        matches!(operation(request), Some("b2_list_file_names" | "b2_list_file_versions"))
    }
}

/// Returns the name of the operation that a URL has behind `/b2api/v4/`.
fn operation(request: &RequestHead) -> Option<&str> {
    let (_, rest) = request.url.split_once("://")?.1.split_once("/b2api/")?;
    let name = rest.split_once('/')?.1;
    Some(name.split(['/', '?']).next().unwrap_or(name))
}

impl Calls {
    /// Counts a call.
    pub fn add(&mut self, class: CallClass) {
        match class {
            CallClass::A => self.class_a += 1,
            CallClass::B => self.class_b += 1,
            CallClass::C => self.class_c += 1,
        }
    }

    /// Counts what B2 bills for a page of a listing beyond the first 1,000 entries. `body` is that of the response.
    pub fn add_page(&mut self, body: &[u8]) {
        #[derive(Deserialize)]
        struct Page {
            files: Vec<IgnoredAny>,
        }
        if body.len() > ENTRIES_PER_CALL as usize * MIN_ENTRY
            && let Ok(Page { files }) = serde_json::from_slice(body)
        {
            self.class_c += (files.len() as u64).saturating_sub(1) / ENTRIES_PER_CALL;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::http::Method;

    #[test]
    fn calls_are_billed_by_class() {
        let mut calls = Calls::default();
        for url in [
            "https://a.example.com/b2api/v4/b2_delete_file_version",
            "https://pod.example.com/u/1/b2_list_file_names",
            "http://127.0.0.1:9/b2api/v4/b2_upload_part/4_z1/2",
            "https://f.example.com/b2api/v4/b2_download_file_by_id?fileId=4_z1",
            "https://a.example.com/b2api/v4/b2_copy_part",
            "https://a.example.com/b2api/v4/b2_list_file_versions",
        ] {
            calls.add(CallClass::of(&RequestHead::new(Method::Post, url)));
        }
        assert_eq!((calls.class_a, calls.class_b, calls.class_c), (3, 1, 2));
    }

    #[test]
    fn a_page_of_a_listing_is_billed_per_thousand_entries() {
        let page = |entries: usize| -> String {
            let entry = alloc::format!("{{\"fileId\":\"{}\"}},", "4".repeat(120));
            let entries = entry.repeat(entries);
            alloc::format!(
                "{{\"files\":[{}],\"nextFileName\":null}}",
                entries.trim_end_matches(',')
            )
        };
        for (entries, more) in [(0, 0), (999, 0), (1_000, 0), (1_001, 1), (10_000, 9)] {
            let mut calls = Calls::default();
            calls.add_page(page(entries).as_bytes());
            assert_eq!(calls.class_c, more, "{entries}");
        }
    }
}
