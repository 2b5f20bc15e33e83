//! The client of Backblaze B2 over any [`Host`]: the driver that runs the machines of [`b2_proto`], and the public API.
//!
//! Users start from a [`Client`] and its [`Bucket`]s, which a crate with a host re-exports: `b2-native`,
//! `b2-wasm`. Another host is an implementation of [`Host`]: it sends requests, reads sources, writes sinks and gives
//! the time. It contains no policy; the machines decide.
//!
//! The crate spawns no tasks. Nothing moves unless the future, the stream or the body is polled, and dropping it stops
//! what it has under way. Calls to B2 may have had their effect then. Futures are `Send` except in WebAssembly.

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
mod cache;
mod client;
mod compose;
mod copy;
mod copy_between;
mod credentials;
mod download;
mod driver;
mod error;
mod events;
mod host;
mod listing;
mod local_files;
mod local_folder;
mod ls;
mod maybe_send;
mod move_file;
mod rename_prefix;
mod replication;
mod session;
mod settings;
mod spill;
mod store;
mod stream_reader;
mod sync;
#[cfg(feature = "sync")]
mod synchronize;
mod transfer;
mod upload;
#[cfg(all(test, b2_loom))]
mod wakers;

pub use b2_proto as proto;
pub use bucket::Bucket;
pub use cache::{Cache, MemoryCache, NoCache};
pub use client::{Client, ClientBuilder, FromEnvironment, ListBucketsBuilder};
pub use copy::CopyBuilder;
pub use copy_between::CopyBetweenBuilder;
pub use credentials::CredentialProvider;
pub use download::{DownloadBody, DownloadBuilder, DownloadResponse};
pub use error::{Error, HostError};
pub use events::{Events, TransferEvent};
pub use host::{
    Host, HostRequest, HostResponse, Progress, Reader, RequestBody, ResponseBody, Sink, Source,
};
pub use listing::{ListBuilder, Listing, Pages};
pub use local_files::{FileHost, LocalFile, Piece, SavedFile, UploadContent};
pub use local_folder::{LocalFolder, NewLocalFile, ScanStream};
pub use ls::LsBuilder;
pub use maybe_send::{BoxFuture, BoxStream, Cause, MaybeSend, MaybeSync};
pub use move_file::MoveBuilder;
pub use rename_prefix::{RenameBuilder, RenameReport, RenamedFile, Renaming};
pub use replication::{Replication, ReplicationMonitor, ReplicationPairs, SetupReplicationBuilder};
pub use spill::Spill;
pub use store::{AccountStore, MemoryStore, UploadUrlStore};
pub use stream_reader::StreamReader;
#[cfg(feature = "sync")]
pub use synchronize::{CallCounter, Folder, FolderHost, Synchronizer};
pub use transfer::{Controls, Transfer};
pub use upload::UploadBuilder;
