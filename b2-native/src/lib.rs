//! The native client of Backblaze B2: the [`Host`](b2_client::Host) of [`b2_client`] over HTTP (reqwest), tokio, local
//! files and SQLite.
//!
//! ```
//! # async fn run(server: &b2_sim::server::Server) -> Result<(), Box<dyn std::error::Error>> {
//! use b2_native::Client;
//! use b2_native::proto::{api::CreateBucket, model::BucketType};
//! use futures::TryStreamExt;
//!
//! # let (realm, key_id, key) = (server.realm(), &*server.credentials().key_id, server.credentials().key.expose());
//! // `Client::new(key_id, key)` uses Backblaze's service, `Client::from_env()` the account of the environment.
//! let client = Client::builder().realm(realm).key(key_id, key).build().await?;
//! let bucket = client.create_bucket(CreateBucket::new("my-photos", BucketType::AllPrivate)).await?;
//!
//! let file = bucket.upload_file("Cargo.toml", "2026/Cargo.toml").content_type("text/plain").await?;
//! let mut body = bucket.download(&file.file_name).await?.into_stream();
//! while let Some(chunk) = body.try_next().await? {
//!     print!("{}", String::from_utf8_lossy(&chunk));
//! }
//!
//! let folder = tempfile::tempdir()?;
//! bucket.download("2026/Cargo.toml").save_to(folder.path().join("copy.toml")).await?;
//! assert_eq!(std::fs::read("Cargo.toml")?, std::fs::read(folder.path().join("copy.toml"))?);
//!
//! let mut files = bucket.list("2026/");
//! while let Some(file) = files.try_next().await? {
//!     println!("{}", file.file_name);
//! }
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Runtime::new().unwrap();
//! # runtime.block_on(async {
//! #     let server = b2_sim::server::Server::bind(("127.0.0.1", 0), Default::default()).await.unwrap();
//! #     run(&server).await.unwrap();
//! # });
//! ```
//!
//! The other parts:
//!
//! - [`NativeHost`] sends requests and provides the clock. It needs a tokio runtime.
//! - [`NativeSource`] is content that can be read more than once: a file, a range of a file, or bytes. [`NativeReader`]
//!   wraps a `tokio::io::AsyncRead`. [`LocalContent`] is one of both, depending on the type of a file.
//! - [`SaveFile`] is a file that appears when its download is complete. [`NativeSink`] also wraps a
//!   `tokio::io::AsyncWrite`, [`MemorySink`] collects bytes in memory, and [`BodyReader`] reads a body as a
//!   `tokio::io::AsyncRead`.
//! - [`NativeFolder`] is a local folder that is synchronized with a bucket.
//! - `SqliteStore` stores the account in the file of Backblaze's own tool, [`FileStore`] in a JSON file. [`FileCache`]
//!   caches bucket names in a file.
//! - The module `gateway`, with the feature of that name, hosts a gateway for the visitors of a web application.
//!
//! This crate makes no decisions about the protocol: no retries, no parsing of responses, no use of a status.

mod blocking;
mod body;
mod clock;
mod environment;
mod files;
pub mod folder;
#[cfg(feature = "gateway")]
pub mod gateway;
mod host;
mod paths;
mod sink;
mod source;
mod spill;
mod store;
mod transport;

pub use b2_client::{
    AccountStore, BoxFuture, Cache, CallCounter, Controls, DownloadBody, Error, Events, HostError,
    ListBuilder, Listing, LocalFolder, MemoryCache, MemoryStore, NewLocalFile, NoCache, ScanStream,
    Transfer, proto,
};
pub use body::BodyReader;
pub use folder::NativeFolder;
pub use host::{NativeHost, NativeHostBuilder};
pub use sink::{MemorySink, NativeSink, SaveFile, SaveOptions, is_temporary, make_folder_below};
pub use source::{LocalContent, NativeReader, NativeSource, has_known_len};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{ACCOUNT_INFO_VARIABLE, FileCache, FileStore, account_info_path};
pub use transport::NativeResponseBody;

/// A client of a B2 account.
pub type Client = b2_client::Client<NativeHost>;
/// Builds a [`Client`].
pub type ClientBuilder = b2_client::ClientBuilder<NativeHost>;
/// A bucket.
pub type Bucket = b2_client::Bucket<NativeHost>;
/// A listing below a path that has not begun.
pub type LsBuilder = b2_client::LsBuilder<NativeHost>;
/// An upload that has not started.
pub type UploadBuilder = b2_client::UploadBuilder<NativeHost>;
/// A copy that has not started.
pub type CopyBuilder = b2_client::CopyBuilder<NativeHost>;
/// A copy between accounts that has not started.
pub type CopyBetweenBuilder = b2_client::CopyBetweenBuilder<NativeHost>;
/// A move that has not started.
pub type MoveBuilder = b2_client::MoveBuilder<NativeHost>;
/// Renames of the files below a prefix that have not started.
pub type RenameBuilder = b2_client::RenameBuilder<NativeHost>;
/// A piece of a new file.
pub type Piece = b2_client::Piece<NativeHost>;
/// A download that has not started.
pub type DownloadBuilder = b2_client::DownloadBuilder<NativeHost>;
/// The response to a download.
pub type DownloadResponse = b2_client::DownloadResponse<NativeHost>;

/// A folder to synchronize.
pub type Folder = b2_client::Folder<NativeHost>;
/// A synchronization that has not started.
pub type Synchronizer = b2_client::Synchronizer<NativeHost>;

/// The code of `README.md`, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The code of `b2-sim/TESTING.md`, which documentation tests run.
#[cfg(doctest)]
#[doc = include_str!("../../b2-sim/TESTING.md")]
mod testing {}
