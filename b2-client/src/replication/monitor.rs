//! Reports about a replication rule.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::future::IntoFuture;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::list::Pair;
use b2_proto::model::{FileVersion, ReplicationRule};
use b2_proto::replication::{ReplicationReport, ReplicationScan};
use futures::future::try_join;
use futures::stream::{self, Stream, StreamExt};

use crate::bucket::Bucket;
use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, BoxStream};

/// A scan of the files of a replication rule: set what differs from the defaults, then await it for its report, or
/// [`pairs`](Self::pairs) for each file with its replica.
///
/// Both buckets are listed at the same time, and at most one page of each is held, so memory does not depend on the
/// number of files.
///
/// ```
/// use b2_client::{Bucket, Client, Error, Host};
/// use b2_client::proto::model::ReplicationRule;
///
/// # async fn run<H: Host>(bucket: Bucket<H>, theirs: Client<H>, rule: ReplicationRule) -> Result<(), Error> {
/// // The destination bucket belongs to another account.
/// let report = bucket.replication().monitor(rule).destination(&theirs).await?;
/// for group in report.groups().iter().filter(|group| group.state.hash_differs == Some(true)) {
///     println!("{} replicas differ, such as {:?}", group.count, group.first);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is scanned before it is awaited"]
pub struct ReplicationMonitor<H: Host> {
    bucket: Bucket<H>,
    rule: ReplicationRule,
    destination: Option<Client<H>>,
    page_size: Option<u32>,
}

impl<H: Host> ReplicationMonitor<H> {
    pub(super) fn new(bucket: Bucket<H>, rule: ReplicationRule) -> Self {
        let destination = Some(bucket.client().clone());
        Self { bucket, rule, destination, page_size: None }
    }

    /// Sets the client of the account of the destination bucket. Default: that of the source bucket.
    pub fn destination(mut self, client: &Client<H>) -> Self {
        self.destination = Some(client.clone());
        self
    }

    /// Looks at the source bucket only, for example without access to the destination. What the report says of the
    /// destination is `None`.
    pub fn source_only(mut self) -> Self {
        self.destination = None;
        self
    }

    /// Sets the number of versions to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    pub fn page_size(mut self, versions: u32) -> Self {
        self.page_size = Some(versions);
        self
    }

    /// Returns each file of the rule with its replica, in the order of names.
    pub fn pairs(self) -> ReplicationPairs {
        let mut scan = ReplicationScan::new(self.bucket.id().clone(), &self.rule);
        if self.destination.is_none() {
            scan = scan.without_destination();
        }
        if let Some(versions) = self.page_size {
            scan = scan.page_size(versions);
        }
        let walk = Walk {
            source: self.bucket.client().clone(),
            destination: self.destination,
            scan,
            failed: false,
        };
        let steps = stream::unfold(walk, |mut walk| async {
            let entries = walk.next_entries().await?;
            Some((stream::iter(entries), walk))
        });
        ReplicationPairs { pairs: Box::pin(steps.flatten()) }
    }
}

struct Walk<H: Host> {
    source: Client<H>,
    destination: Option<Client<H>>,
    scan: ReplicationScan,
    failed: bool,
}

type Entry = Result<Pair<FileVersion, FileVersion>, Error>;

impl<H: Host> Walk<H> {
    /// Returns what the next pages give, or `None` after the last.
    async fn next_entries(&mut self) -> Option<Vec<Entry>> {
        if self.failed || self.scan.is_over() {
            return None;
        }
        let mut entries: Vec<Entry> = Vec::new();
        if let Err(error) = self.request().await {
            self.failed = true;
            entries.push(Err(error));
            return Some(entries);
        }
        entries.extend(self.scan.problems().into_iter().map(|error| Err(error.into())));
        while let Some(pair) = self.scan.pop() {
            entries.push(Ok(pair));
        }
        Some(entries)
    }

    /// Requests the pages that are due, both at the same time.
    async fn request(&mut self) -> Result<(), Error> {
        let (source, destination) = (self.scan.source_page(), self.scan.destination_page());
        let (client, other) = (&self.source, self.destination.as_ref());
        let (source, destination) = try_join(
            async {
                Ok::<_, Error>(match source {
                    Some(page) => Some(client.call(page).await?),
                    None => None,
                })
            },
            async {
                Ok(match (destination, other) {
                    (Some(page), Some(client)) => Some(client.call(page).await?),
                    _ => None,
                })
            },
        )
        .await?;
        if let Some(page) = source {
            self.scan.took_source(page)?;
        }
        if let Some(page) = destination {
            self.scan.took_destination(page)?;
        }
        Ok(())
    }
}

/// The files of a replication rule, as a stream of pairs: the newest version of a name in the source bucket on the left,
/// and in the destination bucket on the right.
///
/// An entry that cannot be read is an error of the kind
/// [`UnreadableEntry`](b2_proto::ErrorKind::UnreadableEntry), after which the stream continues. After any other error it
/// ends.
#[must_use = "nothing is requested before the stream is read"]
pub struct ReplicationPairs {
    pairs: BoxStream<'static, Entry>,
}

impl Stream for ReplicationPairs {
    type Item = Entry;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Entry>> {
        self.pairs.poll_next_unpin(context)
    }
}

impl fmt::Debug for ReplicationPairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplicationPairs")
    }
}

/// The report is complete: it ends with the first error, also of an entry that cannot be read.
impl<H: Host> IntoFuture for ReplicationMonitor<H> {
    type Output = Result<ReplicationReport, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let mut pairs = self.pairs();
        Box::pin(async move {
            let mut report = ReplicationReport::default();
            while let Some(pair) = pairs.next().await {
                report.add(pair?);
            }
            Ok(report)
        })
    }
}

impl<H: Host> fmt::Debug for ReplicationMonitor<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicationMonitor")
            .field("bucket", &self.bucket)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
