//! Listings, page by page.
//!
//! A [`Paginator`] returns the call for the next page and takes its response; it sends nothing itself, so a caller that
//! stops reading also stops sending requests. [`Ls`] lists files and folders below a path.

mod entries;
mod ls;
mod pages;
mod paginator;
mod pattern;

pub use ls::{Ls, LsEntry, LsOptions, LsPage};
pub use pages::Paged;
pub use paginator::Paginator;
pub use pattern::{Filter, Pattern};

#[cfg(test)]
mod tests;
