//! Tests of the gateway with the simulator, and with the client's own machines.
//!
//! `SEED=1234 cargo test -p b2-tests --test gateway` repeats one schedule of faults.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers as well")]

mod bodies;
mod composed;
mod copies;
mod downloads;
mod forwarded;
mod granted;
mod grants;
mod heads;
mod limits;
mod names;
mod owners;
mod realm;
mod refusals;
mod removals;
mod site;
mod small;
mod threats;
mod tokens;
mod transfers;
