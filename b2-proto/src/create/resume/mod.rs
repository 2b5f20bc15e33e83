//! Continuing an unfinished large file.

mod candidate;
mod remote_file;
mod search;
mod wanted;

pub(crate) use remote_file::RemoteFile;
pub(crate) use search::{Search, WantedFile};
pub(crate) use wanted::WantedParts;
