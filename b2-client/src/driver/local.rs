//! The actions about a local folder, and the bytes that are kept outside of memory.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::machine::{Input, LocalFile, ScanPage, SinkAbilities, SinkId, SourceId};
use b2_proto::time::Timestamp;
use futures::TryStreamExt;

use super::destination::{Destination, HashingSink};
use super::outcome::Outcome;
use crate::error::HostError;
use crate::host::{Host, Sink};
use crate::local_folder::{LocalFolder, NewLocalFile, ScanStream, Spill};

/// The local side of a synchronization.
pub(crate) struct LocalSide<H: Host> {
    pub(super) folder: Option<Arc<dyn LocalFolder<H>>>,
    /// The scan that runs, between its actions.
    pub(super) scan: Option<ScanStream>,
    /// The files that are being written.
    pub(super) created: Vec<CreatedFile<H>>,
    pub(super) spill: Option<Box<dyn Spill>>,
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
}

/// A file that is being written.
pub(super) struct CreatedFile<H: Host> {
    pub(super) id: SinkId,
    pub(super) destination: Arc<dyn Destination>,
    pub(super) file: Box<dyn NewLocalFile<H>>,
}

/// What a local action brings back.
pub(super) enum LocalOutcome<H: Host> {
    Scanned(ScanStream, Result<ScanPage, HostError>),
    Opened(SourceId, H::Source, LocalFile),
    Created(CreatedFile<H>, SinkAbilities),
    Spilled(Box<dyn Spill>, Result<Input, HostError>),
}

/// Reads the next page of a scan.
pub(super) async fn scan<H: Host>(mut scan: ScanStream) -> Result<Outcome<H>, HostError> {
    let page = scan.try_next().await.map(|items| match items {
        Some(items) => ScanPage { items, end: false },
        None => ScanPage { items: Default::default(), end: true },
    });
    Ok(Outcome::Local(LocalOutcome::Scanned(scan, page)))
}

pub(super) async fn open<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    id: SourceId,
    name: String,
) -> Result<Outcome<H>, HostError> {
    let (source, file) = folder.open(name).await?;
    Ok(Outcome::Local(LocalOutcome::Opened(id, source, file)))
}

pub(super) async fn digest<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    file: LocalFile,
) -> Result<Outcome<H>, HostError> {
    Ok(Outcome::Input(Input::Digest(folder.digest(file).await?)))
}

pub(super) async fn create<H: Host>(
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

pub(super) async fn publish<H: Host>(
    file: Box<dyn NewLocalFile<H>>,
    modified: Option<Timestamp>,
) -> Result<Outcome<H>, HostError> {
    file.publish(modified).await?;
    Ok(Outcome::Input(Input::Performed))
}

pub(super) async fn remove<H: Host>(
    folder: Arc<dyn LocalFolder<H>>,
    name: String,
) -> Result<Outcome<H>, HostError> {
    folder.remove(name).await?;
    Ok(Outcome::Input(Input::Performed))
}

pub(super) async fn spill<H: Host>(
    mut spill: Box<dyn Spill>,
    bytes: bytes::Bytes,
) -> Result<Outcome<H>, HostError> {
    let result = spill.push(bytes).await.map(|()| Input::Performed);
    Ok(Outcome::Local(LocalOutcome::Spilled(spill, result)))
}

pub(super) async fn unspill<H: Host>(mut spill: Box<dyn Spill>) -> Result<Outcome<H>, HostError> {
    let result = spill.pop().await.map(Input::Unspilled);
    Ok(Outcome::Local(LocalOutcome::Spilled(spill, result)))
}

/// Returns the failure of an action that needs a local folder, where there is none.
pub(super) fn no_folder() -> TransportError {
    TransportError::new(TransportErrorKind::Source, "there is no local folder")
}
