//! Listings: a page is asked for when the one before has been read.

use alloc::boxed::Box;
use alloc::vec::{self, Vec};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use b2_proto::list::{Ls, LsEntry, LsPage, Paged, Walk};
use futures::stream::{self, Stream};

use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxStream, MaybeSend};

/// What B2 bills as one transaction.
pub(crate) const PAGE: u32 = 1_000;

/// What is listed, as a stream of items; or page by page. After an error it ends.
#[must_use = "a listing asks for nothing before it is read"]
pub struct Listing<T> {
    pages: BoxStream<'static, Result<Vec<T>, Error>>,
    /// What is left of the last page.
    items: vec::IntoIter<T>,
}

impl<T> Listing<T> {
    fn new(pages: impl Stream<Item = Result<Vec<T>, Error>> + MaybeSend + 'static) -> Self {
        Self { pages: Box::pin(pages), items: Vec::new().into_iter() }
    }

    /// The items that B2 lists next at once, at least one: what is left of a page, or the next page.
    pub fn poll_next_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Vec<T>, Error>>> {
        let filled = ready!(self.poll_fill(context));
        let page = core::mem::take(&mut self.items);
        let page = filled.map(|()| Some(page.collect()).filter(|page: &Vec<T>| !page.is_empty()));
        Poll::Ready(page.transpose())
    }

    /// Asks for pages until there is an item, or none will come.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while self.items.as_slice().is_empty() {
            match ready!(self.pages.as_mut().poll_next(context)?) {
                Some(page) => self.items = page.into_iter(),
                None => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

// Its items are never pinned.
impl<T> Unpin for Listing<T> {}

impl<T> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let filled = ready!(self.poll_fill(context));
        Poll::Ready(filled.map(|()| self.items.next()).transpose())
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}

/// All items of a listing.
pub(crate) fn walk<H: Host, P: Paged<Response: MaybeSend> + MaybeSend + 'static>(
    client: Client<H>,
    first: P,
) -> Listing<P::Item> {
    walk_while(client, first, |_| true)
}

/// The items of a listing before the first that does not belong.
pub(crate) fn walk_while<H: Host, P: Paged<Response: MaybeSend> + MaybeSend + 'static>(
    client: Client<H>,
    first: P,
    belongs: impl Fn(&P::Item) -> bool + MaybeSend + 'static,
) -> Listing<P::Item> {
    let start = (client, Walk::new(first), belongs);
    Listing::new(stream::try_unfold(start, |(client, mut walk, belongs)| async move {
        let Some(page) = walk.next_page() else {
            return Ok(None);
        };
        let mut items = walk.take(client.call(page).await?);
        if let Some(end) = items.iter().position(|item| !belongs(item)) {
            items.truncate(end);
            walk.stop();
        }
        Ok(Some((items, (client, walk, belongs))))
    }))
}

pub(crate) fn ls<H: Host>(client: Client<H>, ls: Ls) -> Listing<LsEntry> {
    Listing::new(stream::try_unfold((client, ls), |(client, mut ls)| async move {
        let entries = match ls.next_page() {
            None => return Ok(None),
            Some(LsPage::Names(page)) => ls.took_names(client.call(page).await?),
            Some(LsPage::Versions(page)) => ls.took_versions(client.call(page).await?),
        };
        Ok(Some((entries, (client, ls))))
    }))
}
