//! Listings as streams: a page is asked for when the one before has been read.

use alloc::collections::VecDeque;

use b2_proto::list::{Ls, LsEntry, LsPage, Paged, Walk};
use futures::stream::{self, Stream};

use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::MaybeSend;

/// What B2 bills as one transaction.
pub(crate) const PAGE: u32 = 1_000;

/// All items of a listing. After an error the stream ends.
pub(crate) fn walk<H: Host, P: Paged<Response: MaybeSend> + MaybeSend + 'static>(
    client: Client<H>,
    first: P,
) -> impl Stream<Item = Result<P::Item, Error>> {
    let start = (client, Walk::new(first), VecDeque::new());
    stream::try_unfold(start, |(client, mut walk, mut items)| async move {
        loop {
            if let Some(item) = items.pop_front() {
                return Ok(Some((item, (client, walk, items))));
            }
            let Some(page) = walk.next_page() else {
                return Ok(None);
            };
            items = walk.take(client.call(page).await?).into();
        }
    })
}

pub(crate) fn ls<H: Host>(client: Client<H>, ls: Ls) -> impl Stream<Item = Result<LsEntry, Error>> {
    let start = (client, ls, VecDeque::new());
    stream::try_unfold(start, |(client, mut ls, mut entries)| async move {
        loop {
            if let Some(entry) = entries.pop_front() {
                return Ok(Some((entry, (client, ls, entries))));
            }
            entries = match ls.next_page() {
                None => return Ok(None),
                Some(LsPage::Names(page)) => ls.took_names(client.call(page).await?),
                Some(LsPage::Versions(page)) => ls.took_versions(client.call(page).await?),
            }
            .into();
        }
    })
}
