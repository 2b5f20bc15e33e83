//! How a task ends.

use alloc::boxed::Box;

use async_lock::SemaphoreGuardArc;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::http::Response;
use b2_proto::machine::{Authorized, BufferId, Input, Request};
use bytes::Bytes;

use super::local::LocalOutcome;
use super::pieces::{OpenPiece, PieceStream};
use super::reader::AnyReader;
use super::turn::Turn;
use crate::error::{Error, HostError};
use crate::host::Host;

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

/// Returns the failure of a request that was under way while the device slept.
pub(super) fn asleep() -> TransportError {
    TransportError::new(TransportErrorKind::Asleep, "")
}

/// Returns the failure of an action about a source or a sink that the caller did not give.
pub(super) fn unknown() -> TransportError {
    TransportError::new(TransportErrorKind::Source, "there is no such source or sink")
}
