//! Transfers of whole folders: many files at once, each of which may fail without the others.

mod report;
mod run;

pub(crate) use report::Report;
pub(crate) use run::{DEFAULT_CONCURRENCY, FolderTransfer};
