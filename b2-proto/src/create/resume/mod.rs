//! Continuing an unfinished large file.

mod candidate;
mod remote_file;
mod search;

pub(crate) use remote_file::RemoteFile;
pub(crate) use search::{LocalFile, Search};
