//! Requests between their head and their answer.

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

/// What to do with a request, by its head.
#[derive(Debug)]
#[must_use]
pub enum NextStep {
    /// Send this; the body of the request does not matter.
    Reply(Reply),
    /// Collect the body, which is JSON of at most [`PendingCall::LIMIT`] bytes, and give it to
    /// [`Service::call`](crate::Service::call).
    Call(PendingCall),
    /// Take the body through [`PendingUpload::decoder`], keep its data, and go on with
    /// [`Service::receive`](crate::Service::receive).
    Upload(PendingUpload),
}

/// What became of a call.
#[derive(Debug)]
#[must_use]
pub enum CallOutcome {
    /// Send this.
    Reply(Reply),
    /// Hash [`PendingCopy::source`] and go on with [`Service::copied`](crate::Service::copied).
    Copy(PendingCopy),
}

/// A call whose body is awaited.
pub struct PendingCall {
    pub(super) version: ApiVersion,
    pub(super) operation: String,
    pub(super) authorization: Option<String>,
    /// The parameters, where they are in the query.
    pub(super) query: Option<Params>,
    /// A download by id with `POST`: its head waits for the file id in the body.
    pub(super) download: Option<Box<http::request::Parts>>,
    pub(super) test_mode: Option<String>,
    pub(super) entry: LogEntry,
}

impl PendingCall {
    /// How many bytes of JSON a call may have.
    pub const LIMIT: usize = 4 << 20;
}

/// An upload whose body is awaited. It occupies its upload URL until it is given to
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
    /// How many bytes of data the body has, without the digest that may follow them.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// What the body goes through as it arrives.
    #[must_use]
    pub fn decoder(&self) -> UploadDecoder {
        let trailer = matches!(self.expected, ExpectedSha1::Trailer);
        UploadDecoder::new(self.data_len, trailer, self.md5)
    }
}

/// Which SHA-1 the data must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectedSha1 {
    Digest(Sha1Digest),
    /// The forty digits behind the data.
    Trailer,
    /// Any: `do_not_verify`.
    Any,
}

#[derive(Debug)]
pub(super) enum UploadKind {
    File(Box<NewFile>),
    Part { file_id: String, number: u16, timestamp: Timestamp },
}

/// All of a new version but its bytes.
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

/// What arrived of the body of an upload.
#[derive(Clone, Debug)]
pub struct ReceivedBody {
    /// Whether all of it did.
    pub complete: bool,
    /// The digests of the data.
    pub digests: Digests,
    /// What followed the data, where a digest was announced.
    pub trailer: Option<String>,
    /// Where the data is.
    pub blob: Blob,
}

/// A copy that needs the digest of what it copies.
pub struct PendingCopy {
    pub(super) source: Content,
    pub(super) md5: bool,
    pub(super) to: CopyTo,
    pub(super) key: Arc<Key>,
    pub(super) entry: LogEntry,
}

impl PendingCopy {
    /// The bytes to hash.
    #[must_use]
    pub fn source(&self) -> &Content {
        &self.source
    }

    /// Whether their MD5 is wanted, too.
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

/// Which entry a pending belongs to; the rest is tokens and keys.
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
