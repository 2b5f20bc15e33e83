//! Backblaze B2 on your own machine: the [`Host`](b2_client::Host) of [`b2_client`] over HTTP (reqwest),
//! tokio, local files and SQLite.
//!
//! - [`NativeHost`] sends requests and tells the time. It runs inside a tokio runtime.
//! - [`NativeSource`] is what can be uploaded: a file, a range of one, bytes. [`NativeReader`] is any stream.
//! - [`SaveFile`] is where a download goes: to a file that appears when it is complete. [`NativeSink`] is
//!   also any stream, and [`MemorySink`] memory.
//! - [`SqliteStore`] keeps the account where Backblaze's own tool does, [`FileStore`] in a JSON file.
//!
//! It decides nothing about the protocol: no retry, no reading of answers, no look at a status.

mod blocking;
mod clock;
mod files;
mod host;
mod paths;
mod sink;
mod source;
mod store;
mod transport;

pub use b2_client::{Canceller, Error, Transfer, proto};
pub use files::{SaveFiles, UploadFiles};
pub use host::{NativeHost, NativeHostBuilder};
pub use sink::{MemorySink, NativeSink, SaveFile, SaveOptions, is_temporary};
pub use source::{NativeReader, NativeSource};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{ACCOUNT_INFO_VARIABLE, FileStore, account_info_path};
pub use transport::NativeIncoming;

/// An account at B2: what a user starts from.
pub type Client = b2_client::Client<NativeHost>;
/// A bucket.
pub type Bucket = b2_client::Bucket<NativeHost>;
/// An upload to be.
pub type UploadBuilder = b2_client::UploadBuilder<NativeHost>;
/// A download to be.
pub type DownloadBuilder = b2_client::DownloadBuilder<NativeHost>;
