//! Fuzz targets: the parsers and machines of the protocol, and the simulator, accept any input.
//!
//! Each function takes any bytes, and panics if an invariant is violated. `cargo fuzz run NAME` (with a nightly toolchain)
//! searches for such bytes, `cargo test` tries some thousands of random inputs with a stable toolchain, and
//! `cargo run --bin NAME -- FILE` runs a target with the bytes of a file.
#![forbid(unsafe_code)]

mod download_headers;
mod error_bodies;
mod fields;
mod gateway;
mod input;
mod json;
mod listings;
mod machines;
mod simulator;

pub use download_headers::download_headers;
pub use error_bodies::error_bodies;
pub use gateway::gateway;
pub use json::json;
pub use listings::listings;
pub use machines::machines;
pub use simulator::simulator;

/// Runs a target with the bytes of each file in the arguments of the process.
///
/// # Errors
///
/// If a file cannot be read.
pub fn replay(target: fn(&[u8])) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        target(&std::fs::read(path)?);
    }
    Ok(())
}
