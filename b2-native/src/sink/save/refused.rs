//! The errors of a destination that cannot be written.

use std::io;
use std::path::Path;

use b2_client::Error;
use b2_proto::ErrorKind;

use crate::paths::shown;
use crate::sink::explain;

/// Returns the error for what is known to be in the way.
pub(super) fn refused(kind: ErrorKind, path: &Path, why: &str) -> Error {
    let text = format!("{} {why}", shown(path));
    b2_proto::Error::new(kind, text).into()
}

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

/// Returns the error for what the system refused.
pub(super) fn in_the_way(path: &Path, error: io::Error) -> Error {
    let data = b2_proto::Error::new(kind_of(&error), explain(&shown(path), &error));
    Error::with_cause(data, error)
}
