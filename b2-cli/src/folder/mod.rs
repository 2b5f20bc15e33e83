//! Transfers of folders: many files at once, each of which may fail without the others.

mod download;
mod names;
mod options;
mod paths;
mod report;
mod scan;
mod upload;

pub(crate) use download::download;
pub(crate) use names::safe_path;
pub(crate) use options::{DEFAULT_CONCURRENCY, FolderOptions};
pub(crate) use report::Report;
pub(crate) use scan::{Exclusions, LocalFile, ScannedFolder, scan, timestamp};
pub(crate) use upload::upload;
