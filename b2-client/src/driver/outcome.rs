//! How a task ends.

use alloc::boxed::Box;
use alloc::sync::Arc;

use async_lock::SemaphoreGuardArc;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::http::Response;
use b2_proto::machine::{
    Authorized, BufferId, Input, LocalFile, Request, ScanPage, SinkAbilities, SinkId, SourceId,
};
use bytes::Bytes;

use super::destination::Destination;
use super::pieces::{OpenPiece, PieceStream};
use super::reader::AnyReader;
use super::turn::Turn;
use crate::error::{Error, HostError};
use crate::host::Host;
use crate::local_folder::{NewLocalFile, ScanStream};
use crate::spill::Spill;

/// The right to send one of the requests that move bytes of files.
pub(super) type Permit = SemaphoreGuardArc;

/// A request that waits for its turn.
pub(super) struct Queued {
    pub(super) request: Request,
    pub(super) permit: Option<Permit>,
    pub(super) turn: Turn,
}

/// How a task ended.
pub(super) enum Outcome<H: Host> {
    Input(Input),
    Auth(Result<Authorized, Error>),
    Head {
        head: Response<()>,
        body: H::ResponseBody,
        permit: Option<Permit>,
    },
    /// The request can be sent, as far as the limit of transfers is concerned.
    Permit(Permit, Box<Request>),
    /// The turn of the request may have come.
    Due(Box<Queued>),
    /// The body of the response, which becomes a buffer.
    Buffered {
        head: Response<()>,
        buffer: BufferId,
        bytes: Bytes,
    },
    /// A file of the local folder was opened.
    Opened(SourceId, H::Source, LocalFile),
    /// The outcome of an action about the local folder.
    Local(LocalOutcome<H>),
    /// The next piece of a stream of them.
    Intent {
        intents: PieceStream<H>,
        next: Result<Option<OpenPiece<H>>, HostError>,
    },
    Received {
        bytes: u64,
        broken: Option<HostError>,
    },
    Filled {
        buffer: BufferId,
        reader: AnyReader<H>,
        filled: Result<(Bytes, bool), HostError>,
        /// Has hashed all that was read so far.
        hasher: Option<Sha1Hasher>,
    },
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
    Created(CreatedFile<H>, SinkAbilities),
    Spilled(Box<dyn Spill>, Result<Input, HostError>),
}

/// Returns the failure of a request that was under way while the device slept.
pub(super) fn asleep() -> TransportError {
    TransportError::new(TransportErrorKind::Asleep, "")
}

/// Returns the failure of an action about a source or a sink that the caller did not give.
pub(super) fn unknown() -> TransportError {
    TransportError::new(TransportErrorKind::Source, "there is no such source or sink")
}
