//! Names and values in URLs, headers and JSON.

mod json;
mod names;
mod percent;
mod text;

pub use json::{JsonError, from_json};
pub(crate) use json::{null_as_default, optional_seconds, seconds};
pub use names::{
    HeaderLimit, check_file_info_key, check_file_name, check_header_size, check_url_name,
    file_name_as_path, file_name_as_windows_path, file_name_problem, fits_url,
};
pub use percent::{decode, decode_exact, encode};
pub(crate) use text::{cut, find, shown, shown_up_to, split_once};
