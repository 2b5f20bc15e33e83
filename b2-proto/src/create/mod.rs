//! Creating a file from parts: the plan, the workers that send the parts, resuming after an interruption.
//!
//! There is one machine that creates a file, [`Upload`]. A plan of one part is one `b2_upload_file`; a plan of several
//! is a large file, whose parts are sent by [parallel](UploadOptions::parallel) workers.

mod checkpoint;
mod copy;
mod events;
mod file;
mod intent_reader;
mod move_file;
mod options;
mod part_reader;
mod plan;
mod rename;
mod resume;
mod sources;
mod upload;
mod whole_sha1;
mod workers;

pub use crate::api::NewFile;
pub use checkpoint::Checkpoint;
pub use copy::{Copy, NewCopy};
pub use events::{UploadEvent, UploadProgress, UploadState};
pub use file::Content;
pub use move_file::{MoveFile, MovedSource, NewMove};
pub use options::UploadOptions;
pub use plan::{
    CopySource, IntentSource, MAX_FILE_SIZE, PartContent, PartLimits, Piece, Plan, PlanCost,
    PlannedPart, Planner, RemoteRange, WriteIntent, part_ranges,
};
pub use rename::{check_rename, renamed};
pub use upload::Upload;
#[cfg(feature = "gateway")]
pub(crate) use workers::{Destination, PartEvent, StoredPart, UploadWorkers};

/// Whether files can be made of ranges of files in B2. Otherwise the code for it is never reached, and not linked.
pub(crate) const COPIES: bool = cfg!(feature = "copies");
