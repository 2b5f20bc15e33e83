//! The errors of a destination that cannot be written.

use std::io;
use std::path::Path;

use b2_client::Error;
use b2_proto::ErrorKind;

use crate::paths::display;
use crate::sink::explain;

/// Returns the error for a destination that cannot be used.
pub(super) fn refused(kind: ErrorKind, path: &Path, why: &str) -> Error {
    let text = format!("{} {why}", display(path));
    b2_proto::Error::new(kind, text).into()
}

/// Returns the kind of error for an I/O error.
pub(super) fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::DestinationFull,
        io::ErrorKind::IsADirectory => ErrorKind::DestinationIsDirectory,
        io::ErrorKind::NotFound => ErrorKind::DestinationDirectoryMissing,
        io::ErrorKind::NotADirectory => ErrorKind::DestinationParentNotDirectory,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ErrorKind::DestinationDenied
        }
        _ => ErrorKind::Destination,
    }
}

/// Returns the error for an I/O error.
pub(super) fn io_error(path: &Path, error: io::Error) -> Error {
    let data = b2_proto::Error::new(kind_of(&error), explain(&display(path), &error));
    Error::with_cause(data, error)
}
