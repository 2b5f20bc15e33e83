//! The actions about a local folder, and the bytes that are kept outside of memory.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::machine::{Action, Input, LocalFile, ScanPage, SinkAbilities, SinkId, SourceId};
use b2_proto::time::Timestamp;
use futures::TryStreamExt;

use super::destination::{Destination, HashingSink};
use super::outcome::{CreatedFile, LocalOutcome, Outcome};
use super::task_set::TaskResult;
use crate::error::HostError;
use crate::host::{Host, Sink};
use crate::local_folder::{LocalFolder, NewLocalFile, ScanStream};
use crate::maybe_send::BoxFuture;
use crate::spill::Spill;

/// The local side of a synchronization.
pub(crate) struct LocalSide<H: Host> {
    folder: Option<Arc<dyn LocalFolder<H>>>,
    /// The scan that runs, between its actions.
    scan: Option<ScanStream>,
    /// The files that are being written.
    created: Vec<CreatedFile<H>>,
    spill: Option<Box<dyn Spill>>,
}

impl<H: Host> Default for LocalSide<H> {
    fn default() -> Self {
        Self { folder: None, scan: None, created: Vec::new(), spill: None }
    }
}

impl<H: Host> LocalSide<H> {
    #[cfg(feature = "sync")]
    pub(crate) fn new(folder: Option<Arc<dyn LocalFolder<H>>>, spill: Box<dyn Spill>) -> Self {
        Self { folder, spill: Some(spill), ..Self::default() }
    }

    /// Returns what performs an action; `None` without a local folder.
    pub(super) fn start(&mut self, action: Action) -> Option<BoxFuture<'static, TaskResult<H>>> {
        let folder = self.folder.clone();
        Some(match action {
            Action::Scan(options) => {
                let begun = self.scan.take();
                Box::pin(scan(begun.or_else(|| Some(folder?.scan(options)))?))
            }
            Action::OpenSource { source, name } => Box::pin(open(folder?, source, name)),
            Action::DigestFile(file) => Box::pin(digest(folder?, file)),
            Action::CreateSink { sink, name, len } => Box::pin(create(folder?, sink, name, len)),
            Action::CreateFolder { name } => Box::pin(create_folder(folder?, name)),
            Action::Publish { sink, modified } => {
                Box::pin(publish(self.take_created(sink)?.file, modified))
            }
            Action::Remove { name } => Box::pin(remove(folder?, name)),
            Action::Spill(bytes) => Box::pin(spill(self.spill.take()?, bytes)),
            Action::Unspill => Box::pin(unspill(self.spill.take()?)),
            _ => return None,
        })
    }

    /// Keeps what an action brings back.
    pub(super) fn keep(&mut self, outcome: LocalOutcome<H>) -> Result<Input, HostError> {
        match outcome {
            LocalOutcome::Scanned(scan, page) => {
                self.scan = Some(scan);
                page.map(Input::Scanned)
            }
            LocalOutcome::Created(created, abilities) => {
                self.created.push(created);
                Ok(Input::SinkCreated(abilities))
            }
            LocalOutcome::Spilled(spill, result) => {
                self.spill = Some(spill);
                result
            }
        }
    }

    /// Returns where the bytes of a created file go.
    pub(super) fn destination(&self, id: SinkId) -> Option<Arc<dyn Destination>> {
        let created = self.created.iter().find(|created| created.id == id)?;
        Some(created.destination.clone())
    }

    /// Removes a file that is being written.
    pub(super) fn take_created(&mut self, id: SinkId) -> Option<CreatedFile<H>> {
        let at = self.created.iter().position(|created| created.id == id)?;
        Some(self.created.swap_remove(at))
    }
}

/// Reads the next page of a scan.
async fn scan<H: Host>(mut scan: ScanStream) -> Result<Outcome<H>, HostError> {
    let page = scan.try_next().await.map(|items| match items {
        Some(items) => ScanPage { items, end: false },
        None => ScanPage { items: Default::default(), end: true },
    });
    Ok(Outcome::Local(LocalOutcome::Scanned(scan, page)))
}

async fn open<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    id: SourceId,
    name: String,
) -> Result<Outcome<H>, HostError> {
    let (source, file) = folder.open(name).await?;
    Ok(Outcome::Opened(id, source, file))
}

async fn digest<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    file: LocalFile,
) -> Result<Outcome<H>, HostError> {
    Ok(Outcome::Input(Input::Digest(folder.digest(file).await?)))
}

async fn create<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    id: SinkId,
    name: String,
    len: u64,
) -> Result<Outcome<H>, HostError> {
    let file = folder.create(name, len).await?;
    let sink = file.sink();
    let abilities = SinkAbilities {
        random_access: sink.is_random_access(),
        reads_back_late: sink.reads_back_late(),
    };
    let destination = Arc::new(HashingSink::new(sink));
    Ok(Outcome::Local(LocalOutcome::Created(CreatedFile { id, destination, file }, abilities)))
}

async fn create_folder<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    name: String,
) -> Result<Outcome<H>, HostError> {
    folder.create_folder(name).await?;
    Ok(Outcome::Input(Input::Performed))
}

async fn publish<H: Host>(
    file: Box<dyn NewLocalFile<H>>,
    modified: Option<Timestamp>,
) -> Result<Outcome<H>, HostError> {
    file.publish(modified).await?;
    Ok(Outcome::Input(Input::Performed))
}

async fn remove<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    name: String,
) -> Result<Outcome<H>, HostError> {
    folder.remove(name).await?;
    Ok(Outcome::Input(Input::Performed))
}

async fn spill<H: Host>(
    mut spill: Box<dyn Spill>,
    bytes: bytes::Bytes,
) -> Result<Outcome<H>, HostError> {
    let result = spill.push(bytes).await.map(|()| Input::Performed);
    Ok(Outcome::Local(LocalOutcome::Spilled(spill, result)))
}

async fn unspill<H: Host>(mut spill: Box<dyn Spill>) -> Result<Outcome<H>, HostError> {
    let result = spill.pop().await.map(Input::Unspilled);
    Ok(Outcome::Local(LocalOutcome::Spilled(spill, result)))
}

/// Returns the failure of an action that needs a local folder, where there is none.
pub(super) fn no_folder() -> TransportError {
    TransportError::new(TransportErrorKind::Source, "there is no local folder")
}
