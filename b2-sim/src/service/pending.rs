//! Requests whose body or copy is pending.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;

use crate::content::{Blob, Content, Digests, UploadDecoder};
use crate::cors::CorsHeaders;
use crate::log::LogEntry;
use crate::state::{Encryption, Key, Retention};
use crate::wire::{ApiVersion, Params, Reply};

/// What to do after the head of a request.
#[derive(Debug)]
#[must_use]
pub enum NextStep {
    /// Send this response, and ignore the body.
    Reply(Reply),
    /// Collect the body, JSON of at most [`PendingCall::LIMIT`] bytes, and pass it to
    /// [`Service::call`](crate::Service::call).
    Call(PendingCall),
    /// Decode the body with [`PendingUpload::decoder`], store its data, and call
    /// [`Service::receive`](crate::Service::receive).
    Upload(PendingUpload),
}

/// The outcome of a call.
#[derive(Debug)]
#[must_use]
pub enum CallOutcome {
    /// Send this response.
    Reply(Reply),
    /// Hash [`PendingCopy::source`], and call [`Service::copied`](crate::Service::copied).
    Copy(PendingCopy),
}

/// A call whose body is pending.
pub struct PendingCall {
    pub(super) version: ApiVersion,
    pub(super) operation: String,
    pub(super) authorization: Option<String>,
    /// The parameters, if they are in the query.
    pub(super) query: Option<Params>,
    /// The head of a download by id with `POST`, whose file id is in the body.
    pub(super) download: Option<Box<http::request::Parts>>,
    pub(super) test_mode: Option<String>,
    pub(super) entry: LogEntry,
}

impl PendingCall {
    /// The longest body of a call, in bytes.
    pub const LIMIT: usize = 4 << 20;
}

/// An upload whose body is pending. Its upload URL is in use until it is passed to
/// [`Service::receive`](crate::Service::receive) or [`Service::abort`](crate::Service::abort).
pub struct PendingUpload {
    pub(super) token: String,
    pub(super) data_len: u64,
    pub(super) expected: ExpectedSha1,
    pub(super) md5: bool,
    pub(super) what: UploadKind,
    pub(super) cors: CorsHeaders,
    pub(super) key: Arc<Key>,
    pub(super) entry: LogEntry,
}

impl PendingUpload {
    /// Returns the number of bytes of data, without a digest at the end.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// Returns a decoder for the body.
    #[must_use]
    pub fn decoder(&self) -> UploadDecoder {
        let trailer = matches!(self.expected, ExpectedSha1::Trailer);
        UploadDecoder::new(self.data_len, trailer, self.md5)
    }
}

/// The SHA-1 that the data must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectedSha1 {
    Digest(Sha1Digest),
    /// The hex digits at the end of the body.
    Trailer,
    /// Any: `do_not_verify`.
    Any,
}

#[derive(Debug)]
pub(super) enum UploadKind {
    File(Box<NewFile>),
    Part { file_id: String, number: u16, timestamp: Timestamp },
}

/// A new version without its content.
#[derive(Clone, Debug)]
pub(super) struct NewFile {
    pub(super) bucket_id: String,
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) info: BTreeMap<String, String>,
    pub(super) timestamp: Timestamp,
    pub(super) encryption: Encryption,
    pub(super) retention: Option<Retention>,
    pub(super) hold: Option<bool>,
}

/// The received body of an upload.
#[derive(Clone, Debug)]
pub struct ReceivedBody {
    /// Whether the body is complete.
    pub complete: bool,
    /// The digests of the data.
    pub digests: Digests,
    /// The digest at the end of the body, if one was announced.
    pub trailer: Option<String>,
    /// The data.
    pub blob: Blob,
}

/// A copy whose source must be hashed.
pub struct PendingCopy {
    pub(super) source: Content,
    pub(super) md5: bool,
    pub(super) to: CopyTo,
    pub(super) key: Arc<Key>,
    pub(super) entry: LogEntry,
}

impl PendingCopy {
    /// Returns the content to hash.
    #[must_use]
    pub fn source(&self) -> &Content {
        &self.source
    }

    /// Returns whether an MD5 is needed, too.
    #[must_use]
    pub fn wants_md5(&self) -> bool {
        self.md5
    }
}

#[derive(Debug)]
pub(super) enum CopyTo {
    File(Box<NewFile>),
    Part { file_id: String, number: u16 },
}

/// Prints the log entry only, since the rest contains tokens and keys.
macro_rules! debug_as_entry {
    ($($pending:ident),*) => {
        $(impl fmt::Debug for $pending {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($pending))
                    .field("entry", &self.entry)
                    .finish_non_exhaustive()
            }
        })*
    };
}

debug_as_entry!(PendingCall, PendingUpload, PendingCopy);
