//! Stores of account info, and a cache, in files.

mod cache;
mod json;
mod path;
mod private;
#[cfg(feature = "sqlite")]
mod sha1_cache;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;

use b2_client::{Cause, Error};
use b2_proto::ErrorKind;

pub use cache::FileCache;
pub use json::FileStore;
pub use path::{ACCOUNT_INFO_VARIABLE, account_info_path};
#[cfg(feature = "sqlite")]
pub(crate) use sha1_cache::{FileIdentity, Sha1Cache};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

use crate::paths::display;

/// Returns the error for a file that cannot be parsed.
fn corrupt(path: &Path, why: &str) -> b2_proto::Error {
    let text = format!(
        "{} contains no readable account ({why}); move the file away and authorize again",
        display(path)
    );
    b2_proto::Error::new(ErrorKind::CorruptAccountInfo, text)
}

/// Returns the error for a store that cannot be used.
fn unusable(path: &Path, why: &str) -> b2_proto::Error {
    let text = format!("the account file {} cannot be used: {why}", display(path));
    b2_proto::Error::new(ErrorKind::AccountStore, text)
}

fn io_failed(path: &Path, error: std::io::Error) -> Error {
    let data = unusable(path, &error.to_string());
    Error::with_cause(data, Cause::from(error))
}
