//! The service: what it answers to which request.

mod authorize;
mod buckets;
mod copy;
mod dispatch;
mod download;
mod files;
mod grants;
mod inside;
mod keys;
mod large;
mod lifecycle;
mod listing;
mod locks;
mod new_file;
mod notifications;
mod persist;
mod tickets;
mod upload;
mod upload_urls;

use std::fmt;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header;
use http::request::Parts;

use crate::config::{BodyPolicy, Config, Credentials};
use crate::content::{Blob, Content, Hashing, Intake};
use crate::log::{Exchange, Log, Violation};
use crate::state::{Ids, Key, State, Tokens};
use crate::wire::{Refusal, Reply, ReplyBody};

pub use inside::StoredVersion;
pub use persist::RestoreError;
pub use tickets::{Admission, CallTicket, CopyTicket, Outcome, Received, UploadTicket};

/// A B2 service for one account: a pure model, without I/O, clock or randomness of its own.
#[derive(Clone)]
pub struct Service {
    config: Config,
    state: State,
    tokens: Tokens,
    log: Log,
    /// Whether the page before was left empty on purpose: two in a row would be no progress.
    empty_page: bool,
}

/// Without what it knows: that is mostly secrets.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Service {
    /// An account without buckets, with its master key.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let master = Key::master(&config.credentials);
        let state = State {
            ids: Ids::new(config.seed),
            keys: [(master.id.clone(), master)].into(),
            buckets: std::collections::BTreeMap::new(),
        };
        Self::with_state(config, state)
    }

    fn with_state(config: Config, state: State) -> Self {
        let log = Log { limit: config.log_limit, ..Log::default() };
        Self { config, state, tokens: Tokens::default(), log, empty_page: false }
    }

    /// How it behaves.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How it behaves, to be changed: caps that are exceeded from now on, pages that fall short.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Where it can be reached, without a slash at the end.
    pub fn set_base_url(&mut self, url: impl Into<String>) {
        self.config.base_url = url.into();
    }

    /// The master key.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.config.credentials
    }

    /// The id of the account.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.config.credentials.key_id
    }

    /// What happened so far, oldest first; see [`Config::log_limit`].
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.log.exchanges.iter()
    }

    /// What a correct client would not have done.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.log.violations
    }

    /// Forgets the log and the violations.
    pub fn clear_log(&mut self) {
        self.log.exchanges.clear();
        self.log.violations.clear();
    }

    /// Answers one request whose body is in memory.
    ///
    /// `Content-Length` is added where it is missing: only a real connection can lack it.
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
            Admission::Reply(reply) => reply,
            Admission::Call(ticket) => match self.call(now, ticket, &body) {
                Outcome::Reply(reply) => reply,
                Outcome::Copy(ticket) => self.copy_in_memory(now, ticket),
            },
            Admission::Upload(ticket) => self.receive_in_memory(now, ticket, body),
        };
        in_memory(reply)
    }

    fn copy_in_memory(&mut self, now: Timestamp, ticket: CopyTicket) -> Reply {
        let mut hashing = Hashing::new(ticket.wants_md5());
        for chunk in ticket.source().chunks().flatten() {
            hashing.update(&chunk);
        }
        self.copied(now, ticket, hashing.finish())
    }

    /// The whole body of an upload, or less of it if the connection broke.
    pub(crate) fn receive_in_memory(
        &mut self,
        now: Timestamp,
        ticket: UploadTicket,
        body: Bytes,
    ) -> Reply {
        let mut intake = ticket.intake();
        let data = intake.push(body);
        let blob = match self.config.bodies {
            BodyPolicy::Keep => Blob::Bytes(data),
            BodyPolicy::Discard => Blob::Discarded,
        };
        self.receive(now, ticket, Received::from_intake(intake, blob))
    }

    fn bucket(&self, bucket_id: &str) -> Result<&crate::state::Bucket, Refusal> {
        self.state.buckets.get(bucket_id).ok_or_else(|| Refusal::bad_bucket(bucket_id))
    }

    fn bucket_mut(&mut self, bucket_id: &str) -> Result<&mut crate::state::Bucket, Refusal> {
        self.state.buckets.get_mut(bucket_id).ok_or_else(|| Refusal::bad_bucket(bucket_id))
    }
}

impl Received {
    /// What an intake took, kept as `blob`.
    #[must_use]
    pub fn from_intake(intake: Intake, blob: Blob) -> Self {
        let complete = intake.is_complete();
        let (digests, trailer) = intake.finish();
        Self { complete, digests, trailer, blob }
    }
}

/// The answer with its body, which is in memory already.
pub(crate) fn in_memory(reply: Reply) -> http::Response<Bytes> {
    reply.map(|body| match body {
        ReplyBody::Empty => Bytes::new(),
        ReplyBody::Bytes(bytes) => bytes,
        ReplyBody::Content(content) => Content::to_bytes(&content).unwrap_or_default(),
    })
}

/// The text of a header, where it is ASCII.
fn header_text<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}
