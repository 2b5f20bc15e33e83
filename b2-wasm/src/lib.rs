//! Backblaze B2 where JavaScript runs: the `Host` of `b2_client` over `fetch`,
//! `XMLHttpRequest`, `Blob` and timers, and the exports under the JavaScript API.
//!
//! - `host` sends requests, reads blobs and streams, writes sinks. It decides nothing about the protocol:
//!   no retry, no reading of answers, no look at a status.
//! - `exports` is what the module shows to JavaScript: flat functions that answer with promises. People use
//!   the hand-written modules in `js/`, which give them options, types and events.
//! - `standalone` (a feature) is what the module needs besides when it is loaded by itself, as that of the npm package
//!   is.
//!
//! Rust programs that run in a worker of their own can use `host::WebHost` without the exports.

#![cfg(target_family = "wasm")]
#![no_std]

#[macro_use]
extern crate alloc;
#[cfg(not(feature = "standalone"))]
extern crate std;

mod exports;
pub mod host;
#[cfg(feature = "standalone")]
mod standalone;
#[cfg(any(feature = "full", feature = "gateway"))]
mod store;

pub use exports::*;
#[cfg(feature = "standalone")]
pub use standalone::begin;
#[cfg(any(feature = "full", feature = "gateway"))]
pub use store::JsStore;
