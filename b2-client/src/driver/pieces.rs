//! The pieces of a new file, with sources that have no number yet.

use core::ops::Range;

use crate::maybe_send::BoxStream;
use b2_proto::create::CopySource;

use crate::error::HostError;
use crate::host::Host;

/// A piece of a new file whose source is open.
pub(crate) struct OpenPiece<H: Host> {
    pub(crate) content: PieceContent<H>,
    /// The offset in the new file. `None`: it follows the piece before.
    pub(crate) offset: Option<u64>,
}

/// Where the bytes of a piece come from.
pub(crate) enum PieceContent<H: Host> {
    Local(H::Source, Range<u64>),
    Remote(CopySource),
}

/// Pieces that come one by one.
pub(crate) type PieceStream<H> = BoxStream<'static, Result<OpenPiece<H>, HostError>>;
