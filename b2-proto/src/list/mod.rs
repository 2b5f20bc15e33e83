//! Listings: walks over pages.
//!
//! A [`Paginator`] says which page to ask for next and takes its answer; it sends nothing. Whoever walks decides
//! when to take the next step, so a caller that stops reading also stops asking.

mod entries;
mod ls;
mod pages;

use alloc::string::String;
use alloc::vec::Vec;

use entries::{take_repeated, take_strangers};
pub use ls::{Ls, LsEntry, LsOptions, LsPage};
pub use pages::Paged;

use alloc::borrow::ToOwned;

use crate::error::Error;

/// A walk over the pages of one listing.
///
/// ```
/// # use b2_proto::{api::ListFileNames, list::Paginator};
/// let mut walk = Paginator::new(ListFileNames::new("bucket id".into()));
/// while let Some(call) = walk.next_page() {
///     // Run `Call::new(call, ..)` to its end, then hand its response over:
///     # let response = serde_json::from_str(r#"{"files": [], "nextFileName": null}"#).unwrap();
///     for file in walk.take(response) {
///         println!("{}", file.file_name);
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Paginator<P> {
    next: Option<P>,
    /// The ids at which pages began, as far as pages have such.
    begins: Vec<String>,
    problems: Vec<Error>,
    /// How often in a row an empty page was followed by itself.
    repeated: u32,
    stuck: bool,
}

/// A busy service may answer an empty page and ask for it again, so often.
const MAX_REPEATED: u32 = 3;

impl<P: Paged> Paginator<P> {
    /// A walk that starts with this page.
    #[must_use]
    pub fn new(first: P) -> Self {
        Self {
            next: Some(first),
            begins: Vec::new(),
            problems: Vec::new(),
            repeated: 0,
            stuck: false,
        }
    }

    /// The call for the next page; `None` when the listing has ended.
    #[must_use]
    pub fn next_page(&self) -> Option<P> {
        self.next.clone()
    }

    /// The call for the next page, to be changed.
    pub(crate) fn next_mut(&mut self) -> Option<&mut P> {
        self.next.as_mut()
    }

    /// Ends the listing here.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Takes the answer to [`next_page`](Paginator::next_page) and returns what is on the page, which may be
    /// nothing although more pages follow. What is wrong with the page is told by [`problems`](Paginator::problems).
    pub fn take(&mut self, mut response: P::Response) -> Vec<P::Item> {
        let Some(page) = self.next.take() else {
            return Vec::new();
        };
        self.problems.append(&mut page.problems(&mut response));
        let before = page.clone();
        let (items, next) = page.turn(response);
        if let Some(next) = &next {
            let id = next.start_id().map(str::to_owned);
            let same = before == *next;
            if same && items.is_empty() && self.repeated < MAX_REPEATED {
                self.repeated += 1;
                self.next = Some(before);
                return items;
            }
            self.repeated = 0;
            let seen = id.as_ref().is_some_and(|id| self.begins.contains(id));
            if seen || !before.is_before(next) || !next.is_behind(&items) {
                let message =
                    "the next page of the listing would not be a later one; the rest is not listed";
                self.problems.push(Error::unreadable_response(message).with_operation(P::NAME));
                self.stuck = true;
                return items;
            }
            self.begins.extend(id);
        }
        self.next = next;
        items
    }

    /// What was wrong with the pages so far: entries that could not be read
    /// ([`ErrorKind::UnreadableEntry`](crate::ErrorKind::UnreadableEntry)), and at last a page that leads nowhere. Each
    /// is told once.
    pub fn problems(&mut self) -> Vec<Error> {
        core::mem::take(&mut self.problems)
    }

    /// Whether the listing ended before its end, since the next page would not be a later one.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }
}

#[cfg(test)]
mod tests;
