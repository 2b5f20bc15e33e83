//! Command-line arguments that several commands share.

pub(crate) mod encryption;
pub(crate) mod filters;
pub(crate) mod flags;
pub(crate) mod new_file;
pub(crate) mod values;
