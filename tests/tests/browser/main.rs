//! Tests of the upload page in Chromium, with the simulator and the gateway over HTTP, each at its own origin.
//! `cargo xtask test` runs these, since they need the npm package and Chromium.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod chromium;
mod display;
mod drop;
mod files;
mod folder;
mod languages;
mod limits;
mod many;
mod memory;
mod names;
mod network;
mod odd;
mod page;
mod paste;
mod progress;
mod refusals;
mod resume;
mod stored;
mod tabs;
mod uploads;
