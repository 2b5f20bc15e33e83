//! The Backblaze B2 protocol as state machines that do no I/O.
//!
//! A [`Machine`](machine::Machine) decides what is sent, when it is repeated and what a response means. A driver performs
//! it: it sends requests, moves bytes between sockets and files, and reports the outcome of each task. Nothing in this
//! crate reads a clock, generates random numbers, opens a socket or blocks, so every rule of the protocol can be tested
//! under virtual time, and the same rules run natively, in a browser and at the edge. The crate is `no_std`.
//!
//! Most users want one of the crates with a driver: `b2-native` or `b2-wasm`. The modules of this crate (a module imports
//! only from modules below it):
//!
//! | module | holds |
//! | --- | --- |
//! | `gateway` (a feature) | a realm that a web application hosts for its visitors |
//! | `sync` (a feature) | the machine that makes a folder like another, from a merge of their listings |
//! | [`create`], [`download`], [`list`] | machines that upload and download files, and pages of listings |
//! | [`replication`] | what a set-up of replication calls, and how a source and its replicas differ |
//! | [`call`] | one API call as a machine: authorization and retry |
//! | [`api`], [`machine`] | a typed request and response for each B2 call; the contract with drivers |
//! | [`account`] | authorization, upload URLs, bucket names: plain data with rules |
//! | [`model`], [`retry`] | what B2 stores and returns; retry policies |
//! | [`error`] | what went wrong and what to do about it |
//! | [`suspend_clock`] | the clock of a machine, which stands still while the device is suspended |
//! | [`http`](mod@http) | heads of requests and responses, as plain data; a feature converts them to the `http` crate |
//! | [`encoding`], [`hash`], [`time`], [`secret`] | names, SHA-1, instants, values that never show |

#![cfg_attr(not(test), no_std)]

#[macro_use]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod account;
pub mod api;
pub mod call;
mod content_type;
pub mod create;
pub mod download;
pub mod encoding;
pub mod error;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod hash;
pub mod http;
pub mod list;
pub mod machine;
pub mod model;
pub mod replication;
pub mod retry;
pub mod secret;
pub mod suspend_clock;
#[cfg(feature = "sync")]
pub mod sync;
pub mod time;

pub use error::{Error, ErrorKind};
