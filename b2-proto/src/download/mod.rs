//! Downloads a file, or a range of it, to a sink: in one stream or in several concurrent ranges, resuming after every
//! interruption, verified.

mod blocks;
mod machine;
mod name_lookup;
mod options;
mod pace;
mod remote_file;
mod token;

pub use machine::Download;
pub use options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
