//! Backblaze B2 on your own machine: the [`Host`](b2_client::Host) of [`b2_client`] over HTTP (reqwest),
//! tokio, local files and SQLite.
//!
//! ```
//! # async fn run(server: &b2_sim::server::Server) -> Result<(), Box<dyn std::error::Error>> {
//! use b2_native::proto::{account::Credentials, api::CreateBucket, list::LsOptions, model::BucketType};
//! use b2_native::{Client, NativeHost, SaveFiles, UploadFiles};
//! use futures::TryStreamExt;
//!
//! # let (realm, key_id, key) = (server.realm(), &*server.credentials().key_id, server.credentials().key.expose());
//! let credentials = Credentials {
//!     realm: realm.into(), // "production", or the URL of another realm
//!     application_key_id: key_id.into(),
//!     application_key: key.into(),
//! };
//! let client = Client::builder(NativeHost::new()?).authorize(credentials).await?;
//! client.create_bucket(CreateBucket::new("my-photos", BucketType::AllPrivate)).await?;
//! let bucket = client.get_bucket_by_name("my-photos").await?;
//!
//! bucket.upload_local_file("Cargo.toml", "backup/Cargo.toml").await?.await?;
//! let entries: Vec<_> = bucket.ls(LsOptions::new("backup")).try_collect().await?;
//! assert_eq!(entries[0].name(), "backup/Cargo.toml");
//!
//! let folder = tempfile::tempdir()?;
//! bucket.download_file_by_name("backup/Cargo.toml").save_to(folder.path().join("copy")).await?;
//! assert_eq!(std::fs::read("Cargo.toml")?, std::fs::read(folder.path().join("copy"))?);
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Runtime::new().unwrap();
//! # runtime.block_on(async {
//! #     let server = b2_sim::server::Server::bind(("127.0.0.1", 0), Default::default()).await.unwrap();
//! #     run(&server).await.unwrap();
//! # });
//! ```
//!
//! What else there is:
//!
//! - [`NativeHost`] sends requests and tells the time. It runs inside a tokio runtime.
//! - [`NativeSource`] is what can be uploaded: a file, a range of one, bytes. [`NativeReader`] is any stream, and
//!   [`LocalContent`] what a path leads to.
//! - [`SaveFile`] is where a download goes: to a file that appears when it is complete. [`NativeSink`] is
//!   also any stream, and [`MemorySink`] memory.
//! - [`SqliteStore`] keeps the account where Backblaze's own tool does, [`FileStore`] in a JSON file.
//! - `gateway`, with the feature of that name, hosts a gateway for the visitors of a web application.
//!
//! It decides nothing about the protocol: no retry, no reading of answers, no look at a status.

mod blocking;
mod clock;
mod files;
#[cfg(feature = "gateway")]
pub mod gateway;
mod host;
mod paths;
mod sink;
mod source;
mod store;
mod transport;

pub use b2_client::{Controls, Error, Events, Transfer, proto};
pub use files::{SaveFiles, UploadFiles};
pub use host::{NativeHost, NativeHostBuilder};
pub use sink::{MemorySink, NativeSink, SaveFile, SaveOptions, is_temporary, make_folder_below};
pub use source::{LocalContent, NativeReader, NativeSource, has_known_len};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{ACCOUNT_INFO_VARIABLE, FileStore, account_info_path};
pub use transport::NativeResponseBody;

/// An account at B2: what a user starts from.
pub type Client = b2_client::Client<NativeHost>;
/// A bucket.
pub type Bucket = b2_client::Bucket<NativeHost>;
/// An upload to be.
pub type UploadBuilder = b2_client::UploadBuilder<NativeHost>;
/// A download to be.
pub type DownloadBuilder = b2_client::DownloadBuilder<NativeHost>;
