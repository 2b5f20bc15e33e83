//! What the module shows to JavaScript: flat functions over handles. Structured values cross as JSON text.
//!
//! Everything takes `&self`: JavaScript calls again before the first call has ended.

#[cfg(feature = "full")]
mod ask;
#[cfg(feature = "full")]
mod buckets;
#[cfg(feature = "upload")]
mod client;
#[cfg(feature = "full")]
mod download;
mod error;
#[cfg(feature = "full")]
mod files;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(feature = "gateway")]
mod grant;
mod job;
#[cfg(feature = "full")]
mod keys;
#[cfg(feature = "full")]
mod listing;
#[cfg(feature = "gateway")]
mod options;
#[cfg(feature = "full")]
mod settings;
#[cfg(feature = "upload")]
mod upload;

#[cfg(feature = "upload")]
pub use client::{Bucket, Client};
#[cfg(feature = "gateway")]
pub use gateway::{Arrival, Gateway};
pub use job::Job;
#[cfg(feature = "full")]
pub use listing::Listing;
#[cfg(feature = "upload")]
pub use upload::UploadJob;
