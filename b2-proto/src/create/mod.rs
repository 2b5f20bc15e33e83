//! A file from parts: the plan, the lanes that send the parts, going on after an interruption.
//!
//! There is one machine that makes a file, [`Upload`]. A plan of one part is one `b2_upload_file`; a plan of
//! several is a large file, whose parts travel in parallel [lanes](UploadOptions::parallel).

mod checkpoint;
mod events;
mod file;
mod filler;
mod lanes;
mod options;
mod plan;
mod resume;
mod upload;
mod whole;

pub use checkpoint::Checkpoint;
pub use events::{UploadEvent, UploadProgress, UploadState};
pub use file::{Content, NewFile};
pub use options::UploadOptions;
pub use plan::{
    MAX_FILE_SIZE, MAX_PART_SIZE, MAX_PARTS, PartContent, PartLimits, PlannedPart, part_ranges,
};
pub use upload::Upload;
