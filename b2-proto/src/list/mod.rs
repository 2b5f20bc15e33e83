//! Listings, page by page.
//!
//! A [`Paginator`] returns the call for the next page and takes its response; it sends nothing itself, so a caller that
//! stops reading also stops sending requests. [`Ls`] lists files and folders below a path, and a
//! [`Merge`] pairs the entries of two listings by name.

mod entries;
mod filter;
mod ls;
mod merge;
mod options;
mod pages;
mod paginator;
mod pattern;

pub use filter::Filter;
pub use ls::{Ls, LsEntry, LsPage};
pub use merge::{Merge, Named, Pair};
pub use options::LsOptions;
pub use pages::Paged;
pub use paginator::Paginator;
pub use pattern::Pattern;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
