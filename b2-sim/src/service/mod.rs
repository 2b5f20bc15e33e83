//! The pure model of the service.

mod accounts;
mod authorize;
mod buckets;
mod context;
mod copy;
mod direct;
mod dispatch;
mod download;
mod download_authorization;
mod files;
mod generated;
mod keys;
mod large;
mod lifecycle;
mod limits;
mod listing;
mod locks;
mod new_file;
mod notifications;
mod pending;
mod persist;
mod replication;
mod s3;
mod upload;
mod upload_urls;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header;
use http::request::Parts;

use crate::config::{BodyPolicy, Config, Credentials};
use crate::content::{Blob, Content, Digester, UploadDecoder};
use crate::log::{Log, LogEntry, Violation};
use crate::state::{Ids, Key, State, Table, Tokens};
use crate::wire::{Refusal, Reply, ReplyBody};

pub use direct::StoredVersion;
pub use generated::generated_name;
pub use pending::{CallOutcome, NextStep, PendingCall, PendingCopy, PendingUpload, ReceivedBody};
pub use persist::{Changes, RestoreError};

/// A B2 service: a pure model, without I/O, clock or randomness of its own. It has one account at first, and others that
/// are [added](Service::add_account).
#[derive(Clone)]
pub struct Service {
    config: Config,
    state: State,
    tokens: Tokens,
    log: Log,
    replication: replication::ReplicationQueue,
    /// What each account has used, by its ID.
    usage: BTreeMap<String, limits::Usage>,
    /// The time of the last request.
    now: Timestamp,
    /// The names at which a page was empty with [`Pages::Short`](crate::Pages::Short), which is not repeated there.
    empty_pages: BTreeSet<String>,
}

/// Omits the state, which contains secrets.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Service {
    /// Creates a service with one account, without buckets.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let master = Key::master(&config.credentials);
        let state = State {
            ids: Ids::new(config.seed),
            keys: BTreeMap::from([(master.id.clone(), master)]).into(),
            buckets: Table::default(),
            lifecycle_day: None,
        };
        Self::with_state(config, state)
    }

    fn with_state(config: Config, state: State) -> Self {
        let log = Log { limit: config.log_limit, ..Log::default() };
        Self {
            config,
            state,
            tokens: Tokens::default(),
            log,
            replication: replication::ReplicationQueue::default(),
            usage: BTreeMap::new(),
            now: Timestamp::default(),
            empty_pages: BTreeSet::new(),
        }
    }

    /// Removes everything, and continues with another configuration. IDs are not used again.
    pub fn reset(&mut self, config: Config) {
        let master = Key::master(&config.credentials);
        let mut new = Self::new(config);
        // The old state records that everything is removed.
        std::mem::swap(&mut new.state, &mut self.state);
        new.state.clear();
        new.state.keys.insert(master.id.clone(), master);
        *self = new;
    }

    /// Returns the configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the configuration for changes, such as exceeded caps or short pages.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Sets the URL of the service, without a trailing slash.
    pub fn set_base_url(&mut self, url: impl Into<String>) {
        self.config.base_url = url.into();
    }

    /// Returns the master key of the first account.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.config.credentials
    }

    /// Returns the id of the first account.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.config.credentials.key_id
    }

    /// Returns the log, oldest entry first; see [`Config::log_limit`].
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &LogEntry> {
        self.log.entries.iter()
    }

    /// Returns the violations of rules for clients.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.log.violations
    }

    /// Clears the log and the violations.
    pub fn clear_log(&mut self) {
        self.log.entries.clear();
        self.log.violations.clear();
    }

    /// Responds to a request whose body is in memory.
    ///
    /// Adds `Content-Length` if it is missing.
    pub fn handle(
        &mut self,
        now: Timestamp,
        request: http::Request<Bytes>,
    ) -> http::Response<Bytes> {
        let (mut head, body) = request.into_parts();
        if !body.is_empty() || head.method == http::Method::POST {
            head.headers.entry(header::CONTENT_LENGTH).or_insert(body.len().into());
        }
        let reply = match self.begin(now, &head) {
            NextStep::Reply(reply) => reply,
            NextStep::Call(pending) => match self.call(now, pending, &body) {
                CallOutcome::Reply(reply) => reply,
                CallOutcome::Copy(pending) => self.copy_in_memory(now, pending),
            },
            NextStep::Upload(pending) => self.receive_in_memory(now, pending, body),
        };
        in_memory(reply)
    }

    fn copy_in_memory(&mut self, now: Timestamp, pending: PendingCopy) -> Reply {
        let mut digester = Digester::new(pending.wants_md5());
        for chunk in pending.source().chunks().flatten() {
            digester.update(&chunk);
        }
        self.copied(now, pending, digester.finish())
    }

    /// Receives the body of an upload, which is shorter if the connection broke.
    pub(crate) fn receive_in_memory(
        &mut self,
        now: Timestamp,
        pending: PendingUpload,
        body: Bytes,
    ) -> Reply {
        let mut decoder = pending.decoder();
        let data = decoder.push(body);
        let blob = match self.config.bodies {
            BodyPolicy::Keep => Blob::Bytes(data),
            BodyPolicy::Discard => Blob::Discarded,
        };
        self.receive(now, pending, ReceivedBody::from_decoder(decoder, blob))
    }

    /// Returns a bucket. To a key of another account, it does not exist.
    fn bucket_of(&self, key: &Key, bucket_id: &str) -> Result<&crate::state::Bucket, Refusal> {
        self.state.bucket_of(key, bucket_id).ok_or_else(|| Refusal::bad_bucket(bucket_id))
    }

    fn bucket_mut_of(
        &mut self,
        key: &Key,
        bucket_id: &str,
    ) -> Result<&mut crate::state::Bucket, Refusal> {
        self.bucket_of(key, bucket_id)?;
        self.state.buckets.get_mut(bucket_id).ok_or_else(|| Refusal::bad_bucket(bucket_id))
    }
}

impl ReceivedBody {
    /// Creates the received body from its decoder, with the data in `blob`.
    #[must_use]
    pub fn from_decoder(decoder: UploadDecoder, blob: Blob) -> Self {
        let complete = decoder.is_complete();
        let (digests, trailer) = decoder.finish();
        Self { complete, digests, trailer, blob }
    }
}

/// Converts the body of a response to bytes.
pub(crate) fn in_memory(reply: Reply) -> http::Response<Bytes> {
    reply.map(|body| match body {
        ReplyBody::Empty => Bytes::new(),
        ReplyBody::Bytes(bytes) => bytes,
        ReplyBody::Content(content) => Content::to_bytes(&content).unwrap_or_default(),
    })
}

/// Returns the value of a header if it is ASCII.
fn header_text<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}
