//! Listings of files and folders below a path.

use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::list::{Filter, Ls, LsEntry, LsOptions, LsPage};
use b2_proto::model::BucketId;
use futures::StreamExt;
use futures::stream::Stream;

use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::listing::{Listing, Pages, boxed};
use crate::sync::Lock;

/// A listing below a path that has not begun: set what it lists, then read it as a stream.
///
/// ```
/// use futures::TryStreamExt;
///
/// # async fn run<H: b2_client::Host>(bucket: b2_client::Bucket<H>) -> Result<(), b2_client::Error> {
/// let mut photos = bucket.ls("2026/*.jp[eg]*").wildcard(true).exclude("*/drafts/*");
/// while let Some(photo) = photos.try_next().await? {
///     println!("{}", photo.name());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is requested before the listing is read"]
pub struct LsBuilder<H: Host> {
    client: Client<H>,
    bucket_id: BucketId,
    options: LsOptions,
    listing: Option<Listing<LsEntry>>,
}

impl<H: Host> LsBuilder<H> {
    pub(crate) fn new(client: Client<H>, bucket_id: BucketId, options: LsOptions) -> Self {
        Self { client, bucket_id, options, listing: None }
    }

    /// Sets whether to list all versions, including hide markers and unfinished large files, instead of the current ones.
    pub fn versions(mut self, versions: bool) -> Self {
        self.options = self.options.versions(versions);
        self
    }

    /// Sets whether to list all files below the path, without folders, instead of what is directly below it.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.options = self.options.recursive(recursive);
        self
    }

    /// Sets whether the path is a [`Pattern`](b2_proto::list::Pattern) of the names to list: `*` is any number of
    /// characters, `?` one, `[a-z]` one of a set, and all of them may be slashes. The listing is recursive then.
    pub fn wildcard(mut self, wildcard: bool) -> Self {
        self.options = self.options.wildcard(wildcard);
        self
    }

    /// Lists names that match a [`Pattern`](b2_proto::list::Pattern). The last filter that matches decides. If there are
    /// filters of this kind only, other names are not listed.
    pub fn include(self, pattern: &str) -> Self {
        self.filter(Filter::include(pattern))
    }

    /// Does not list names that match a [`Pattern`](b2_proto::list::Pattern). The last filter that matches decides.
    pub fn exclude(self, pattern: &str) -> Self {
        self.filter(Filter::exclude(pattern))
    }

    /// Adds a filter of full names. The last filter that matches decides.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.options = self.options.filter(filter);
        self
    }

    /// Sets the number of entries to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    pub fn page_size(mut self, entries: u32) -> Self {
        self.options = self.options.page_size(entries);
        self
    }

    /// Returns the stream of entries alone.
    pub fn into_listing(self) -> Listing<LsEntry> {
        let Self { client, bucket_id, options, listing } = self;
        listing.unwrap_or_else(|| ls(client, Ls::new(bucket_id, options)))
    }

    /// Returns the listing page by page, as B2 lists it.
    pub fn into_pages(self) -> Pages<LsEntry> {
        self.into_listing().into_pages()
    }
}

// Neither the request nor the entries are ever pinned.
impl<H: Host> Unpin for LsBuilder<H> {}

impl<H: Host> Stream for LsBuilder<H> {
    type Item = Result<LsEntry, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { client, bucket_id, options, listing } = &mut *self;
        let listing = listing
            .get_or_insert_with(|| ls(client.clone(), Ls::new(bucket_id.clone(), options.clone())));
        listing.poll_next_unpin(context)
    }
}

impl<H: Host> fmt::Debug for LsBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LsBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}

fn ls<H: Host>(client: Client<H>, ls: Ls) -> Listing<LsEntry> {
    let ls = Arc::new(Lock::new(ls));
    Listing::new(move || {
        let page = ls.lock().next_page()?;
        let ls = ls.clone();
        Some(match page {
            LsPage::Names(page) => boxed(client.call(page), move |page| {
                let mut ls = ls.lock();
                (ls.took_names(page), ls.problems())
            }),
            LsPage::Versions(page) => boxed(client.call(page), move |page| {
                let mut ls = ls.lock();
                (ls.took_versions(page), ls.problems())
            }),
        })
    })
}
