//! Listings: a page is asked for when the one before has been read.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::{self, Vec};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use b2_proto::list::{Ls, LsEntry, LsPage, Paged, Paginator};
use futures::stream::Stream;
use futures::{FutureExt, StreamExt};

use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::lock::Lock;
use crate::maybe_send::{BoxFuture, MaybeSend};

/// What B2 bills as one transaction.
pub(crate) const PAGE: u32 = 1_000;

/// What is listed, as a stream of items. An entry that cannot be read is an error of the kind
/// [`UnreadableEntry`](b2_proto::ErrorKind::UnreadableEntry), after which the listing goes on; after any other error it
/// ends.
#[must_use = "a listing asks for nothing before it is read"]
pub struct Listing<T> {
    pages: Pages<T>,
    /// What is left of the last page.
    items: vec::IntoIter<T>,
}

impl<T> Listing<T> {
    fn new(ask: impl Ask<T> + 'static) -> Self {
        let pages = Pages { ask: Some(Box::new(ask)), asked: None, problems: Vec::new() };
        Self { pages, items: Vec::new().into_iter() }
    }

    /// The same page by page, as B2 lists it. Of a page whose first item was read already, the rest is left out.
    #[must_use = "nothing is asked for before it is read"]
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

/// What is listed, as a stream of pages, none of which is empty. Errors are those of a [`Listing`].
pub struct Pages<T> {
    /// Nothing after an error.
    ask: Option<Box<dyn Ask<T>>>,
    asked: Option<BoxFuture<'static, Result<Page<T>, Error>>>,
    /// What was wrong with the last page, told after it; the next one to be told comes last.
    problems: Vec<b2_proto::Error>,
}

/// What is on a page, and what is wrong with it.
type Page<T> = (Vec<T>, Vec<b2_proto::Error>);

/// Asks for the next page, if there is one.
trait Ask<T>: FnMut() -> Option<BoxFuture<'static, Result<Page<T>, Error>>> + MaybeSend {}
impl<T, F: FnMut() -> Option<BoxFuture<'static, Result<Page<T>, Error>>> + MaybeSend> Ask<T> for F {}

impl<T> Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(problem) = self.problems.pop() {
                return Poll::Ready(Some(Err(problem.into())));
            }
            if self.asked.is_none() {
                self.asked = self.ask.as_mut().and_then(|ask| ask());
            }
            let Some(asked) = &mut self.asked else {
                return Poll::Ready(None);
            };
            let page = ready!(asked.poll_unpin(context));
            self.asked = None;
            match page {
                Ok((items, mut problems)) => {
                    problems.reverse();
                    self.problems = problems;
                    if !items.is_empty() {
                        return Poll::Ready(Some(Ok(items)));
                    }
                }
                Err(error) => {
                    self.ask = None;
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

/// All items of a listing.
pub(crate) fn walk<
    H: Host,
    P: Paged<Item: MaybeSend, Response: MaybeSend> + MaybeSend + 'static,
>(
    client: Client<H>,
    first: P,
) -> Listing<P::Item> {
    walk_while(client, first, |_| true)
}

/// The items of a listing before the first that does not belong.
pub(crate) fn walk_while<
    H: Host,
    P: Paged<Item: MaybeSend, Response: MaybeSend> + MaybeSend + 'static,
>(
    client: Client<H>,
    first: P,
    belongs: impl Fn(&P::Item) -> bool + MaybeSend + 'static,
) -> Listing<P::Item> {
    let walk = Arc::new(Lock::new((Paginator::new(first), belongs)));
    Listing::new(move || {
        let page = walk.lock().0.next_page()?;
        let walk = walk.clone();
        let turn = move |answer| {
            let (walk, belongs) = &mut *walk.lock();
            let mut items = walk.take(answer);
            let problems = walk.problems();
            if let Some(end) = items.iter().position(|item| !belongs(item)) {
                items.truncate(end);
                walk.stop();
            }
            (items, problems)
        };
        Some(boxed(client.call(page), turn))
    })
}

pub(crate) fn ls<H: Host>(client: Client<H>, ls: Ls) -> Listing<LsEntry> {
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

/// Boxes a call for a page together with what reads the page.
fn boxed<P, T>(
    call: impl Future<Output = Result<P, Error>> + MaybeSend + 'static,
    read: impl FnOnce(P) -> Page<T> + MaybeSend + 'static,
) -> BoxFuture<'static, Result<Page<T>, Error>> {
    Box::pin(call.map(|page| page.map(read)))
}
