//! Synchronization of folders: set what differs from the defaults, then await.

mod calls;
mod folder;
mod settings;
mod shards;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::sync::{
    BucketEncryption, NewSync, ScanPolicies, Symlinks, Sync, SyncEncryption, SyncEvent,
    SyncOptions, SyncReport, UploadProperties,
};
use b2_proto::{Error as ProtoError, ErrorKind};

pub use calls::CallCounter;
pub use folder::{Folder, FolderHost};

use calls::Counted;

use crate::client::Client;
use crate::driver::{Commands, LocalSide, Resources};
use crate::error::Error;
use crate::events::TransferEvent;
use crate::host::Host;
use crate::maybe_send::BoxFuture;
use crate::sync::Lock;
use crate::transfer::{Listener, OnEvent, Transfer};

/// A synchronization, which makes a folder like another one: set what differs from the defaults, then await it for its
/// report, or [`start`](Self::start) it.
///
/// One of the folders is in a bucket, or both are: within B2, files are copied without being downloaded. A file that
/// fails does not stop the others: it is an event, and counted in the report. A second run does what is missing.
///
/// By default nothing is removed from the destination, and a file of the destination that is newer than that of the
/// source fails.
///
/// ```
/// use b2_client::proto::sync::{NewerFiles, Removals};
/// use b2_client::{Bucket, Error, Host, LocalFolder};
///
/// # async fn run<H: Host>(photos: impl LocalFolder<H>, bucket: Bucket<H>) -> Result<(), Error> {
/// use b2_client::Folder;
///
/// let report = bucket
///     .client()
///     .sync(Folder::local(photos), bucket.folder("photos/2026"))
///     .newer_files(NewerFiles::Skip)
///     .removals(Removals::KeepNewest(3))
///     .await?;
/// println!("{} of {} files uploaded", report.uploaded, report.source_files);
/// assert!(report.is_complete());
/// # Ok(())
/// # }
/// ```
///
/// The plan, without doing it, and the reason of each decision:
///
/// ```
/// use b2_client::proto::sync::SyncEvent;
/// # use b2_client::{Bucket, Error, Host};
///
/// # async fn run<H: Host>(from: Bucket<H>, to: Bucket<H>) -> Result<(), Error> {
/// let plan = from.client().sync(from.folder(""), to.folder("copy")).dry_run(true).explain(true);
/// plan.on_event(|event| {
///     if let SyncEvent::Explained { name, reason, .. } = event {
///         println!("{name}: {reason}");
///     }
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a synchronization does nothing until it is awaited"]
pub struct Synchronizer<H: Host> {
    client: Client<H>,
    source: Folder<H>,
    destination: Folder<H>,
    options: SyncOptions,
    policies: Arc<ScanPolicies>,
    properties: UploadProperties,
    encryption: Arc<dyn SyncEncryption>,
    symlinks: Symlinks,
    names: Option<Vec<String>>,
    calls: CallCounter,
    /// Locked only for `Sync`: a reference to this can be used in tasks of several threads.
    listener: Lock<Option<Listener<SyncEvent>>>,
}

impl<H: Host> Synchronizer<H> {
    fn new(client: Client<H>, source: Folder<H>, destination: Folder<H>) -> Self {
        let mut options = SyncOptions::default();
        let settings = &client.session.settings;
        options.upload.retry = settings.retry;
        options.download.retry = settings.retry;
        options.download.parallel =
            settings.downloads.parallel.unwrap_or(options.download.parallel);
        options.download.verify = settings.downloads.verify.unwrap_or(options.download.verify);
        Self {
            client,
            source,
            destination,
            options,
            policies: Arc::default(),
            properties: UploadProperties::default(),
            encryption: Arc::new(BucketEncryption::new()),
            symlinks: Symlinks::default(),
            names: None,
            calls: CallCounter::default(),
            listener: Lock::new(None),
        }
    }

    /// Checks what can be known before anything is sent: that the options fit together and apply to the direction, that
    /// one of the folders is in a bucket, and that none contains the other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], with which the synchronization would end.
    pub fn check(&self) -> Result<(), Error> {
        Ok(self.description().check()?)
    }

    /// Returns a counter of the calls that the synchronization sends to B2, by the class as which B2 bills them.
    #[must_use]
    pub fn call_counter(&self) -> CallCounter {
        self.calls.clone()
    }

    /// Starts the synchronization as a [`Transfer`], which gives events and can be paused, resumed and cancelled.
    ///
    /// The stream of events drops the oldest ones if they are not read in time; a listener
    /// ([`on_event`](Self::on_event)) gets all of them. A synchronization that was stopped leaves no unfinished local
    /// file, and a later run continues.
    pub fn start(self) -> Transfer<SyncReport, SyncEvent> {
        let listener = self.listener.lock().take();
        Transfer::new(listener, move |commands, on_event| self.run(commands, on_event))
    }

    /// Returns the description of the synchronization.
    fn description(&self) -> NewSync {
        let now = self.client.host().timestamp();
        let mut job = NewSync::new(self.source.side(), self.destination.side(), now);
        job.source_bucket = self.source.in_bucket().map(|bucket| bucket.name().into());
        job.options = self.options.clone();
        job.options.upload.body_style = self.client.host().body_style();
        job.options.upload.headers_may_be_hidden = self.client.host().hides_headers();
        job.policies = self.policies.clone();
        job.properties = self.properties.clone();
        job.encryption = self.encryption.clone();
        job.symlinks = self.symlinks;
        job.names = self.names.as_ref().map(|names| {
            let mut names = names.clone();
            names.sort_unstable();
            names.dedup();
            names.into()
        });
        job
    }

    async fn run(
        self,
        commands: Commands,
        on_event: OnEvent<SyncEvent>,
    ) -> Result<SyncReport, Error> {
        let job = self.description();
        job.check()?;
        for folder in [&self.source, &self.destination] {
            check_account(&self.client, folder).await?;
        }
        let host = self.client.host();
        let folder = self.source.local_folder().or_else(|| self.destination.local_folder());
        let local = LocalSide::new(folder, host.spill());
        let resources = Resources { commands, local, ..Resources::default() };
        let machine = Counted::new(Sync::new(job, host.seed()), self.calls);
        let session = &self.client.session;
        session.drive(machine, resources, move |event| on_event.call(event)).await
    }
}

/// Refuses a bucket of another account than the client's.
async fn check_account<H: Host>(client: &Client<H>, folder: &Folder<H>) -> Result<(), Error> {
    let Some(bucket) = folder.in_bucket() else { return Ok(()) };
    if Arc::ptr_eq(&bucket.client().session, &client.session) {
        return Ok(());
    }
    let ours = client.authorization().await?;
    let theirs = bucket.client().authorization().await?;
    if (&ours.account_id, &ours.api_url) == (&theirs.account_id, &theirs.api_url) {
        return Ok(());
    }
    let message = "the bucket belongs to another account than the client that synchronizes";
    Err(ProtoError::new(ErrorKind::InvalidInput, message).with_subject(bucket.name()).into())
}

impl<H: Host> Client<H> {
    /// Makes the folder `destination` like the folder `source`.
    ///
    /// A folder is [in a bucket](crate::Bucket::folder), [local](Folder::local), or a path where the host has such. See
    /// [`Synchronizer`] for what is done by default.
    pub fn sync(
        &self,
        source: impl Into<Folder<H>>,
        destination: impl Into<Folder<H>>,
    ) -> Synchronizer<H> {
        Synchronizer::new(self.clone(), source.into(), destination.into())
    }
}

impl TransferEvent for SyncEvent {
    fn only_latest_counts(&self) -> bool {
        matches!(self, Self::Progress(_) | Self::Checkpoint(_))
    }
}

impl<H: Host> IntoFuture for Synchronizer<H> {
    type Output = Result<SyncReport, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.start().into_boxed()
    }
}

impl<H: Host> fmt::Debug for Synchronizer<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Synchronizer")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
