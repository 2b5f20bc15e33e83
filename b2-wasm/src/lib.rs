//! Backblaze B2 in JavaScript runtimes: the `Host` of `b2_client` over `fetch`, `XMLHttpRequest`, `Blob` and timers, and the
//! exports under the JavaScript API.
//!
//! - `host` sends requests, reads blobs and streams, and writes to sinks. It contains no protocol decision: no retry, and no
//!   parsing of responses.
//! - `exports` are the functions that the module exports: flat functions that return promises. Applications use the
//!   JavaScript modules in `js/`, which add options, types and events.
//! - `store` keeps account info and the names of buckets, in IndexedDB and in objects of JavaScript.
//! - `task` runs the exported operations.
//! - `standalone` (a feature) is what a module needs that is not linked with std, such as those of the npm package.
//!
//! Rust programs that run in a worker can use `host::WebHost` without the exports.

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
mod task;

pub use exports::*;
#[cfg(feature = "full")]
pub use store::IndexedDbCache;
#[cfg(any(feature = "full", feature = "gateway"))]
pub use store::JsonStore;
pub use task::start;
