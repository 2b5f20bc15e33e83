//! A B2 service: a pure model, and a real HTTP server around it.
//!
//! [`Service`] is the model. A request goes in, a response comes out; time is an argument, ids and
//! tokens come from a seeded generator, and nothing in it does I/O, so a test can run thousands of
//! entries a second, deterministically and under virtual time:
//!
//! ```
//! use b2_sim::{Config, Service};
//! use b2_proto::time::Timestamp;
//!
//! let mut service = Service::new(Config::default());
//! let request = http::Request::get("/b2api/v4/b2_authorize_account")
//!     .header("authorization", service.credentials().basic())
//!     .body(bytes::Bytes::new())
//!     .unwrap();
//! let response = service.handle(Timestamp::from_millis(1_700_000_000_000), request);
//! assert_eq!(response.status(), 200);
//! ```
//!
//! [`Service::handle`] is the short way, with whole bodies in memory. Whoever streams bodies, as the
//! HTTP server does, goes in steps: [`begin`](Service::begin) looks at the head of a request, and says
//! what to do with the body; [`call`](Service::call), [`receive`](Service::receive) and
//! [`copied`](Service::copied) go on from there.
//!
//! [`faults`] decides, by a seed, what goes wrong with an entry. `server` (a feature, on by default)
//! is the same model over HTTP; it keeps bodies in memory, on disk, or not at all.
//!
//! The rules are Backblaze's, from its documentation and from what clients have met. The crate uses
//! only data types of `b2_proto` (instants, SHA-1, percent-encoding, secrets), none of the client's
//! rules, so that a mistake of the client cannot hide here.

mod config;
pub mod content;
mod cors;
pub mod faults;
mod log;
mod random;
#[cfg(feature = "server")]
pub mod server;
mod service;
mod state;
mod wire;

pub use config::{BodyPolicy, Caps, Config, Credentials, Pages};
pub use log::{LogEntry, Violation};
pub use service::{
    CallOutcome, NextStep, PendingCall, PendingCopy, PendingUpload, ReceivedBody, RestoreError,
    Service, StoredVersion,
};
pub use wire::{Reply, ReplyBody};
