//! Brings a file, or a range of it, to a sink: in one stream or in several ranges at once, going on after
//! every cut, verified.

mod blocks;
mod grant;
mod lookup;
mod machine;
mod options;

pub use machine::Download;
pub use options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
