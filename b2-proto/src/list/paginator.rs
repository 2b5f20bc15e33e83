//! The pages of a listing.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::pages::Paged;
use crate::error::Error;

/// Requests the pages of one listing, one after the other.
///
/// ```
/// # use b2_proto::{api::ListFileNames, list::Paginator};
/// let mut pages = Paginator::new(ListFileNames::new("bucket id".into()));
/// while let Some(call) = pages.next_page() {
///     // Run `Call::new(call, ..)` to its end, then hand its response over:
///     # let response = serde_json::from_str(r#"{"files": [], "nextFileName": null}"#).unwrap();
///     for file in pages.take(response) {
///         println!("{}", file.file_name);
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Paginator<P> {
    next: Option<P>,
    /// The ids at which pages started, where pages start at ids.
    starts: Vec<String>,
    problems: Vec<Error>,
    /// The number of consecutive empty pages that were followed by themselves.
    repeated: u32,
    stuck: bool,
}

/// The number of consecutive times that an empty page may be followed by itself, as a busy service does.
const MAX_REPEATED: u32 = 3;

impl<P: Paged> Paginator<P> {
    /// Creates a paginator that starts with this page.
    #[must_use]
    pub fn new(first: P) -> Self {
        Self {
            next: Some(first),
            starts: Vec::new(),
            problems: Vec::new(),
            repeated: 0,
            stuck: false,
        }
    }

    /// Returns the call for the next page, or `None` when the listing has ended.
    #[must_use]
    pub fn next_page(&self) -> Option<P> {
        self.next.clone()
    }

    /// Returns the call for the next page, to be changed.
    pub(crate) fn next_mut(&mut self) -> Option<&mut P> {
        self.next.as_mut()
    }

    /// Ends the listing here.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Takes the response to [`next_page`](Paginator::next_page) and returns the items of the page. A page can be empty
    /// although more pages follow. What is wrong with the page is returned by [`problems`](Paginator::problems).
    pub fn take(&mut self, mut response: P::Response) -> Vec<P::Item> {
        let Some(page) = self.next.take() else {
            return Vec::new();
        };
        self.problems.append(&mut page.problems(&mut response));
        let before = page.clone();
        let (items, next) = page.split(response);
        if let Some(next) = &next {
            let id = next.start_id().map(str::to_owned);
            let same = before == *next;
            if same && items.is_empty() && self.repeated < MAX_REPEATED {
                self.repeated += 1;
                self.next = Some(before);
                return items;
            }
            self.repeated = 0;
            let seen = id.as_ref().is_some_and(|id| self.starts.contains(id));
            if seen || !before.is_before(next) || !next.is_behind(&items) {
                let message =
                    "the next page of the listing would not be a later one; the rest is not listed";
                self.problems.push(Error::unreadable_response(message).with_operation(P::NAME));
                self.stuck = true;
                return items;
            }
            self.starts.extend(id);
        }
        self.next = next;
        items
    }

    /// Returns what was wrong with the pages since the last call: entries that could not be read
    /// ([`ErrorKind::UnreadableEntry`](crate::ErrorKind::UnreadableEntry)), and a next page that is not a later one.
    pub fn problems(&mut self) -> Vec<Error> {
        core::mem::take(&mut self.problems)
    }

    /// Returns whether the listing ended early, since the next page would not be a later one.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }
}
