//! One driver for the machines of [`b2_proto`], and the API that users see, over any [`Host`].
//!
//! Users start from a [`Client`] and its [`Bucket`]s, which a crate with a host re-exports: `b2-native`,
//! `b2-wasm`. Whoever brings another host implements [`Host`]: it sends requests, reads sources, writes
//! sinks, tells the time. There is no policy in a host; the machines decide.

// Natively it needs the mutexes of std.
#![cfg_attr(target_family = "wasm", no_std)]
#![cfg_attr(
    target_family = "wasm",
    allow(
        clippy::arc_with_non_send_sync,
        reason = "wasm has one thread; natively the same is both"
    )
)]

#[macro_use]
extern crate alloc;

mod bucket;
mod client;
mod credentials;
mod download;
mod driver;
mod error;
mod events;
mod host;
mod listing;
mod lock;
mod maybe_send;
mod session;
mod store;
mod transfer;
mod upload;

pub use b2_proto as proto;
pub use bucket::Bucket;
pub use client::{Client, ClientBuilder};
pub use credentials::CredentialProvider;
pub use download::DownloadBuilder;
pub use error::Error;
pub use events::Events;
pub use host::{
    Host, HostError, HostRequest, HostResponse, Progress, Reader, RequestBody, ResponseBody, Sink,
    Source,
};
pub use listing::{Listing, Pages};
pub use maybe_send::{BoxFuture, BoxStream, Cause, MaybeSend, MaybeSync};
pub use store::{AccountStore, MemoryStore};
pub use transfer::{Controls, Transfer};
pub use upload::UploadBuilder;
