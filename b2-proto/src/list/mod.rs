//! Listings: walks over pages.
//!
//! A [`Walk`] says which page to ask for next and takes its answer; it sends nothing. Whoever walks decides
//! when to take the next step, so a caller that stops reading also stops asking.

mod ls;
mod pages;

use alloc::vec::Vec;

pub use ls::{Ls, LsEntry, LsOptions, LsPage};
pub use pages::Paged;

/// A walk over the pages of one listing.
///
/// ```
/// # use b2_proto::{api::ListFileNames, list::Walk};
/// let mut walk = Walk::new(ListFileNames::new("bucket id".into()));
/// while let Some(call) = walk.next_page() {
///     // Run `Call::new(call, ..)` to its end, then hand its response over:
///     # let response = serde_json::from_str(r#"{"files": [], "nextFileName": null}"#).unwrap();
///     for file in walk.take(response) {
///         println!("{}", file.file_name);
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Walk<P> {
    next: Option<P>,
}

impl<P: Paged> Walk<P> {
    /// A walk that starts with this page.
    #[must_use]
    pub fn new(first: P) -> Self {
        Self { next: Some(first) }
    }

    /// The call for the next page; `None` when the listing has ended.
    #[must_use]
    pub fn next_page(&self) -> Option<P> {
        self.next.clone()
    }

    /// Ends the listing here.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Takes the answer to [`next_page`](Walk::next_page) and returns what is on the page, which may be
    /// nothing although more pages follow.
    pub fn take(&mut self, response: P::Response) -> Vec<P::Item> {
        let (items, next) = match self.next.take() {
            Some(page) => page.turn(response),
            None => (Vec::new(), None),
        };
        self.next = next;
        items
    }
}

#[cfg(test)]
mod tests;
