//! Stores of account info, and a cache, in files.

mod cache;
mod json;
mod path;
mod private;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;

use b2_client::{Cause, Error};
use b2_proto::ErrorKind;

pub use cache::FileCache;
pub use json::FileStore;
pub use path::{ACCOUNT_INFO_VARIABLE, account_info_path};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

use crate::paths::shown;

/// The error for a file that cannot be read. Nothing was changed.
fn corrupt(path: &Path, why: &str) -> b2_proto::Error {
    let text = format!(
        "{} holds no account that can be read ({why}); move the file away and authorize again",
        shown(path)
    );
    b2_proto::Error::new(ErrorKind::CorruptAccountInfo, text)
}

/// The error for a store that cannot be used.
fn unusable(path: &Path, why: &str) -> b2_proto::Error {
    let text = format!("the account file {} cannot be used: {why}", shown(path));
    b2_proto::Error::new(ErrorKind::AccountStore, text)
}

fn io_failed(path: &Path, error: std::io::Error) -> Error {
    let data = unusable(path, &error.to_string());
    Error::with_cause(data, Cause::from(error))
}
