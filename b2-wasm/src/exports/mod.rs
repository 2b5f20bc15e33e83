//! What the module shows to JavaScript: flat functions over handles. Structured values cross as JSON text.
//!
//! Everything takes `&self`: JavaScript calls again before the first call has ended.

#[cfg(feature = "full")]
mod buckets;
mod client;
#[cfg(feature = "full")]
mod download;
mod error;
#[cfg(feature = "full")]
mod files;
mod job;
#[cfg(feature = "full")]
mod keys;
#[cfg(feature = "full")]
mod listing;
mod panic;
#[cfg(feature = "full")]
mod settings;
mod upload;

pub use client::{Bucket, Client};
#[cfg(feature = "full")]
pub use download::DownloadJob;
pub use job::Job;
#[cfg(feature = "full")]
pub use listing::Listing;
pub use panic::on_panic;
pub use upload::UploadJob;
