//! How B2 writes names and values in URLs and headers, and which it accepts.

mod names;
mod percent;

pub use names::{
    HeaderLimit, check_file_info_key, check_file_name, check_header_size, file_name_as_path,
};
pub use percent::{decode, encode};

/// A piece of what somebody gave, for a message: as one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    text.escape_debug().take(80).collect()
}
