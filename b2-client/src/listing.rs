//! Listings as streams. A page is requested when the one before has been read.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::{self, Vec};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use alloc::string::String;
use b2_proto::api::{
    ListFileNames, ListFileVersions, ListKeys, ListParts, ListUnfinishedLargeFiles,
};
use b2_proto::list::{Paged, Paginator};
use b2_proto::model::{ApplicationKeyId, FileId};
use futures::stream::Stream;
use futures::{FutureExt, StreamExt};

use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::sync::Lock;

/// The number of entries that B2 bills as one transaction.
pub(crate) const PAGE: u32 = 1_000;

/// A stream of the items of a listing.
///
/// An entry that cannot be read is an error of the kind
/// [`UnreadableEntry`](b2_proto::ErrorKind::UnreadableEntry), after which the listing continues. After any other error it
/// ends.
#[must_use = "nothing is requested before the listing is read"]
pub struct Listing<T> {
    pages: Pages<T>,
    /// What is left of the last page.
    items: vec::IntoIter<T>,
}

impl<T> Listing<T> {
    pub(crate) fn new(next_page: impl NextPage<T> + 'static) -> Self {
        let pages =
            Pages { next_page: Some(Box::new(next_page)), request: None, problems: Vec::new() };
        Self { pages, items: Vec::new().into_iter() }
    }

    /// Returns the listing page by page, as B2 lists it. The rest of a page that was read in part is left out.
    #[must_use = "nothing is requested before the listing is read"]
    pub fn into_pages(self) -> Pages<T> {
        self.pages
    }
}

// Its items are never pinned.
impl<T> Unpin for Listing<T> {}

impl<T> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_next_unpin(context)?) {
                Some(page) => self.items = page.into_iter(),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}

/// A stream of the pages of a listing, none of which is empty. Errors are those of a [`Listing`].
pub struct Pages<T> {
    /// Nothing after an error.
    next_page: Option<Box<dyn NextPage<T>>>,
    request: Option<BoxFuture<'static, Result<Page<T>, Error>>>,
    /// The errors of the last page, which come after it, in reverse order.
    problems: Vec<b2_proto::Error>,
}

/// The items of a page, and an error for each entry that cannot be read.
pub(crate) type Page<T> = (Vec<T>, Vec<b2_proto::Error>);

/// Requests the next page, if there is one.
pub(crate) trait NextPage<T>:
    FnMut() -> Option<BoxFuture<'static, Result<Page<T>, Error>>> + MaybeSend
{
}
impl<T, F: FnMut() -> Option<BoxFuture<'static, Result<Page<T>, Error>>> + MaybeSend> NextPage<T>
    for F
{
}

impl<T> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(problem) = self.problems.pop() {
                return Poll::Ready(Some(Err(problem.into())));
            }
            if self.request.is_none() {
                self.request = self.next_page.as_mut().and_then(|next_page| next_page());
            }
            let Some(request) = &mut self.request else {
                return Poll::Ready(None);
            };
            let page = ready!(request.poll_unpin(context));
            self.request = None;
            match page {
                Ok((items, mut problems)) => {
                    problems.reverse();
                    self.problems = problems;
                    if !items.is_empty() {
                        return Poll::Ready(Some(Ok(items)));
                    }
                }
                Err(error) => {
                    self.next_page = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

/// A listing that has not begun: set where it starts, then read it as a stream.
///
/// ```
/// use futures::TryStreamExt;
///
/// # async fn run<H: b2_client::Host>(bucket: b2_client::Bucket<H>) -> Result<(), b2_client::Error> {
/// let mut files = bucket.list("2026/").start_at("2026/07/");
/// while let Some(file) = files.try_next().await? {
///     println!("{} {}", file.file_name, file.size);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is requested before the listing is read"]
pub struct ListBuilder<H: Host, P: Paged> {
    client: Client<H>,
    first: P,
    /// Whether an item belongs to the listing, which ends before the first that does not.
    belongs: fn(&P, &P::Item) -> bool,
    listing: Option<Listing<P::Item>>,
}

impl<H, P> ListBuilder<H, P>
where
    H: Host,
    P: Paged<Item: MaybeSend, Response: MaybeSend> + MaybeSend + 'static,
{
    pub(crate) fn new(client: Client<H>, first: P) -> Self {
        Self { client, first, belongs: |_, _| true, listing: None }
    }

    /// Ends the listing before the first item that does not belong to it.
    pub(crate) fn take_while(mut self, belongs: fn(&P, &P::Item) -> bool) -> Self {
        self.belongs = belongs;
        self
    }

    /// Returns the stream of items alone.
    pub fn into_listing(self) -> Listing<P::Item> {
        let Self { client, first, belongs, listing } = self;
        listing.unwrap_or_else(|| walk_while(client, first, belongs))
    }

    /// Returns the listing page by page, as B2 lists it.
    pub fn into_pages(self) -> Pages<P::Item> {
        self.into_listing().into_pages()
    }
}

impl<H: Host> ListBuilder<H, ListFileNames> {
    /// Starts at this file name, or the first name after it.
    pub fn start_at(mut self, name: impl Into<String>) -> Self {
        self.first.start_file_name = Some(name.into());
        self
    }

    /// Lists names up to this delimiter, such as `/`, as one folder each.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.first.delimiter = Some(delimiter.into());
        self
    }

    /// Sets the number of files to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    pub fn page_size(mut self, files: u32) -> Self {
        self.first.max_file_count = Some(files);
        self
    }
}

impl<H: Host> ListBuilder<H, ListFileVersions> {
    /// Starts at this file name, or the first name after it.
    pub fn start_at(mut self, name: impl Into<String>) -> Self {
        self.first.start_file_name = Some(name.into());
        self
    }

    /// Starts at this version of the file name that [`start_at`](Self::start_at) sets.
    pub fn start_at_version(mut self, file_id: impl Into<FileId>) -> Self {
        self.first.start_file_id = Some(file_id.into());
        self
    }

    /// Lists names up to this delimiter, such as `/`, as one folder each.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.first.delimiter = Some(delimiter.into());
        self
    }

    /// Sets the number of versions to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    pub fn page_size(mut self, versions: u32) -> Self {
        self.first.max_file_count = Some(versions);
        self
    }
}

impl<H: Host> ListBuilder<H, ListUnfinishedLargeFiles> {
    /// Lists only files whose names start with `prefix`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.first.name_prefix = Some(prefix.into()).filter(|prefix| !prefix.is_empty());
        self
    }

    /// Starts at this file id, or the first one after it.
    pub fn start_at(mut self, file_id: impl Into<FileId>) -> Self {
        self.first.start_file_id = Some(file_id.into());
        self
    }

    /// Sets the number of files to request at once: 1 to 100, which is the default.
    pub fn page_size(mut self, files: u32) -> Self {
        self.first.max_file_count = Some(files);
        self
    }
}

impl<H: Host> ListBuilder<H, ListParts> {
    /// Starts at this part number, or the first one after it.
    pub fn start_at(mut self, part_number: u32) -> Self {
        self.first.start_part_number = Some(part_number);
        self
    }

    /// Sets the number of parts to request at once: 1 to 1,000, which is the default.
    pub fn page_size(mut self, parts: u32) -> Self {
        self.first.max_part_count = Some(parts);
        self
    }
}

impl<H: Host> ListBuilder<H, ListKeys> {
    /// Starts at this key id, or the first one after it.
    pub fn start_at(mut self, key_id: impl Into<ApplicationKeyId>) -> Self {
        self.first.start_application_key_id = Some(key_id.into());
        self
    }

    /// Sets the number of keys to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    pub fn page_size(mut self, keys: u32) -> Self {
        self.first.max_key_count = Some(keys);
        self
    }
}

// Neither the request nor the items are ever pinned.
impl<H: Host, P: Paged> Unpin for ListBuilder<H, P> {}

impl<H, P> Stream for ListBuilder<H, P>
where
    H: Host,
    P: Paged<Item: MaybeSend, Response: MaybeSend> + MaybeSend + 'static,
{
    type Item = Result<P::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { client, first, belongs, listing } = &mut *self;
        let listing =
            listing.get_or_insert_with(|| walk_while(client.clone(), first.clone(), *belongs));
        listing.poll_next_unpin(context)
    }
}

impl<H: Host, P: Paged> fmt::Debug for ListBuilder<H, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListBuilder").field("first", &self.first).finish_non_exhaustive()
    }
}

/// Returns the items of a listing before the first that does not belong to it.
fn walk_while<H, P>(
    client: Client<H>,
    first: P,
    belongs: fn(&P, &P::Item) -> bool,
) -> Listing<P::Item>
where
    H: Host,
    P: Paged<Item: MaybeSend, Response: MaybeSend> + MaybeSend + 'static,
{
    let walk = Arc::new(Lock::new((Paginator::new(first.clone()), first)));
    Listing::new(move || {
        let page = walk.lock().0.next_page()?;
        let walk = walk.clone();
        let turn = move |answer| {
            let (walk, first) = &mut *walk.lock();
            let mut items = walk.take(answer);
            let problems = walk.problems();
            if let Some(end) = items.iter().position(|item| !belongs(first, item)) {
                items.truncate(end);
                walk.stop();
            }
            (items, problems)
        };
        Some(boxed(client.call(page), turn))
    })
}

/// Boxes a call for a page together with what reads the page.
pub(crate) fn boxed<P, T>(
    call: impl Future<Output = Result<P, Error>> + MaybeSend + 'static,
    read: impl FnOnce(P) -> Page<T> + MaybeSend + 'static,
) -> BoxFuture<'static, Result<Page<T>, Error>> {
    Box::pin(call.map(|page| page.map(read)))
}
