//! A simulator of Backblaze B2: a pure model, and an HTTP server.
//!
//! [`Service`] is the model. It responds to requests without I/O; time is an argument, and ids and tokens come from a
//! seeded generator. So tests can run thousands of requests a second, deterministically and with virtual time:
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
//! [`Service::handle`] takes requests with whole bodies. To stream bodies, as the HTTP server does, call
//! [`begin`](Service::begin) with the head of a request, which returns what to do with the body, and then
//! [`call`](Service::call), [`receive`](Service::receive) or [`copied`](Service::copied).
//!
//! [`faults`] chooses faults of requests by a seed. `server`, a default feature, has the simulator for the tests of others: it
//! adds a clock and faults to the model, stores contents in memory, on disk, or not at all, and serves it over HTTP.
//!
//! The rules are those of Backblaze's documentation and of observations by other clients. The crate uses `b2_proto`
//! only for instants, SHA-1, percent-encoding and secrets, not its rules and JSON types, so that a mistake of the
//! client is not repeated here.

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
#[cfg(feature = "server")]
pub use server::Simulator;
pub use service::{
    CallOutcome, Changes, NextStep, PendingCall, PendingCopy, PendingUpload, ReceivedBody,
    RestoreError, Service, StoredVersion, generated_name,
};
pub use wire::{Reply, ReplyBody};
