//! The functions that the module exports to JavaScript, on handles. Structured values cross as JSON text.
//!
//! Methods take `&self`: JavaScript may call again while a call is running.

#[cfg(feature = "full")]
mod buckets;
#[cfg(feature = "full")]
mod call;
#[cfg(feature = "upload")]
mod client;
#[cfg(feature = "full")]
mod copies;
#[cfg(feature = "full")]
mod download;
mod error;
#[cfg(feature = "full")]
mod files;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(feature = "gateway")]
mod grant;
mod host;
mod job;
#[cfg(feature = "full")]
mod keys;
#[cfg(feature = "full")]
mod listing;
mod options;
#[cfg(feature = "full")]
mod properties;
#[cfg(feature = "upload")]
mod shapes;
#[cfg(feature = "full")]
mod stores;
#[cfg(feature = "sync")]
mod sync;
#[cfg(feature = "upload")]
mod upload;

#[cfg(feature = "upload")]
pub use client::{Bucket, Client};
#[cfg(feature = "gateway")]
pub use gateway::{Gateway, IncomingRequest};
pub use host::Host;
pub use job::Job;
#[cfg(feature = "full")]
pub use listing::Listing;
#[cfg(feature = "full")]
pub use stores::{CacheHandle, StoreHandle};
#[cfg(feature = "sync")]
pub use sync::{SyncFolder, SyncJob};
#[cfg(feature = "upload")]
pub use upload::UploadJob;
