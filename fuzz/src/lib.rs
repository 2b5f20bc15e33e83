//! What the protocol makes of anything at all: it must be total.
//!
//! Each function takes any bytes and panics if something that must never happen does. `cargo fuzz run NAME`
//! (with a nightly toolchain) looks for such bytes; `cargo test` tries some thousands of them on stable; and
//! `cargo run --bin NAME -- FILE` replays those that were found.
#![forbid(unsafe_code)]

mod download_headers;
mod error_bodies;
mod gateway;
mod input;
mod json;
mod listings;
mod machines;

pub use download_headers::download_headers;
pub use error_bodies::error_bodies;
pub use gateway::gateway;
pub use json::json;
pub use listings::listings;
pub use machines::machines;

/// Tries the bytes of each file that the command line names.
///
/// # Errors
///
/// If one cannot be read.
pub fn replay(target: fn(&[u8])) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        target(&std::fs::read(path)?);
    }
    Ok(())
}
