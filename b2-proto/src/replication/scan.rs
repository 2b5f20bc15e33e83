//! The scan of the files of a replication rule and of their replicas.

use alloc::string::String;
use alloc::vec::Vec;

use crate::api::{FileVersionsPage, ListFileVersions};
use crate::error::{Error, ErrorKind};
use crate::list::{Merge, Paginator, Pair};
use crate::model::{BucketId, FileAction, FileVersion, ReplicationRule};

/// The number of versions to request at once: B2 bills each 1,000 as one transaction.
const PAGE: u32 = 1_000;

/// Lists the files of a replication rule in both buckets at the same time, and pairs them by name.
///
/// All versions are listed, since only so hide markers show; of each name the newest is kept. At most one page of each
/// bucket is held.
///
/// ```
/// use b2_proto::model::ReplicationRule;
/// use b2_proto::replication::{ReplicationReport, ReplicationScan};
///
/// let rule = ReplicationRule::new("backup", "destination id".into());
/// let mut scan = ReplicationScan::new("source id".into(), &rule);
/// let mut report = ReplicationReport::default();
/// while !scan.is_over() {
///     // Run each page that is due with the account of its bucket:
///     # let page = || serde_json::from_str(r#"{"files": [], "nextFileName": null}"#).unwrap();
///     if let Some(call) = scan.source_page() {
///         scan.took_source(page())?;
///     }
///     if let Some(call) = scan.destination_page() {
///         scan.took_destination(page())?;
///     }
///     while let Some(pair) = scan.pop() {
///         report.add(pair);
///     }
/// }
/// # assert_eq!(report.count(), 0);
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Debug)]
pub struct ReplicationScan {
    source: Versions,
    destination: Option<Versions>,
    merge: Merge<FileVersion, FileVersion>,
    problems: Vec<Error>,
}

/// The listing of one bucket.
#[derive(Debug)]
struct Versions {
    pages: Paginator<ListFileVersions>,
    /// The name whose newest version was kept last.
    last: Option<String>,
}

impl Versions {
    fn new(bucket_id: BucketId, prefix: &str) -> Self {
        let mut first = ListFileVersions::new(bucket_id);
        first.prefix = Some(prefix.into()).filter(|prefix: &String| !prefix.is_empty());
        first.max_file_count = Some(PAGE);
        Self { pages: Paginator::new(first), last: None }
    }

    fn page(&self) -> Option<ListFileVersions> {
        self.pages.next_page()
    }

    /// Returns the newest versions on a page, and whether it is the last one.
    fn take(
        &mut self,
        page: FileVersionsPage,
        problems: &mut Vec<Error>,
    ) -> Result<(Vec<FileVersion>, bool), Error> {
        let mut versions = self.pages.take(page);
        let found = self.pages.problems();
        if self.pages.is_stuck() {
            // The files after this page would seem to be missing.
            let stuck = |error: &Error| error.kind() != ErrorKind::UnreadableEntry;
            if let Some(error) = found.into_iter().find(stuck) {
                return Err(error);
            }
        } else {
            problems.extend(found);
        }
        versions.retain(|version| {
            // An unfinished large file neither shows nor hides anything.
            let counts = version.action != FileAction::Start && !version.is_folder();
            let newest = counts && self.last.as_ref() != Some(&version.file_name);
            if newest {
                self.last = Some(version.file_name.clone());
            }
            newest
        });
        Ok((versions, self.pages.next_page().is_none()))
    }
}

impl ReplicationScan {
    /// Creates a scan of the files of a rule in its source and in its destination bucket.
    #[must_use]
    pub fn new(source: BucketId, rule: &ReplicationRule) -> Self {
        let prefix = &rule.file_name_prefix;
        Self {
            source: Versions::new(source, prefix),
            destination: Some(Versions::new(rule.destination_bucket_id.clone(), prefix)),
            merge: Merge::default(),
            problems: Vec::new(),
        }
    }

    /// Leaves out the destination bucket, to which there may be no access.
    #[must_use]
    pub fn without_destination(mut self) -> Self {
        self.destination = None;
        self.merge.end_right();
        self
    }

    /// Sets the number of versions to request at once: 1 to 10,000. B2 bills each 1,000, the default, as one transaction.
    #[must_use]
    pub fn page_size(mut self, versions: u32) -> Self {
        for side in [Some(&mut self.source), self.destination.as_mut()].into_iter().flatten() {
            if let Some(mut page) = side.pages.next_page() {
                page.max_file_count = Some(versions);
                side.pages = Paginator::new(page);
            }
        }
        self
    }

    /// Returns the call for the next page of the source bucket, if it is due.
    #[must_use]
    pub fn source_page(&self) -> Option<ListFileVersions> {
        self.source.page().filter(|_| self.merge.needs_left())
    }

    /// Returns the call for the next page of the destination bucket, if it is due.
    #[must_use]
    pub fn destination_page(&self) -> Option<ListFileVersions> {
        self.destination.as_ref()?.page().filter(|_| self.merge.needs_right())
    }

    /// Takes the response to [`source_page`](Self::source_page).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidResponse`] if the names are not in order, or the next page is not a later one.
    pub fn took_source(&mut self, page: FileVersionsPage) -> Result<(), Error> {
        let (versions, over) = self.source.take(page, &mut self.problems)?;
        self.merge.push_left(versions)?;
        if over {
            self.merge.end_left();
        }
        Ok(())
    }

    /// Takes the response to [`destination_page`](Self::destination_page).
    ///
    /// # Errors
    ///
    /// As [`took_source`](Self::took_source).
    pub fn took_destination(&mut self, page: FileVersionsPage) -> Result<(), Error> {
        let Some(destination) = &mut self.destination else {
            return Ok(());
        };
        let (versions, over) = destination.take(page, &mut self.problems)?;
        self.merge.push_right(versions)?;
        if over {
            self.merge.end_right();
        }
        Ok(())
    }

    /// Returns the next file with its replica. `None`: a page is due, or the scan is over.
    pub fn pop(&mut self) -> Option<Pair<FileVersion, FileVersion>> {
        self.merge.pop()
    }

    /// Returns whether all pairs were returned.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.merge.is_over()
    }

    /// Returns the entries since the last call that could not be read, each as an
    /// [`ErrorKind::UnreadableEntry`]. They are missing from the pairs.
    pub fn problems(&mut self) -> Vec<Error> {
        core::mem::take(&mut self.problems)
    }
}
