//! A browser, a gateway, and B2: the client's own machines run against a realm that a web application hosts.
//!
//! `SEED=1234 cargo test -p b2-tests --test gateway` repeats one schedule of faults.

mod owners;
mod realm;
mod refusals;
mod site;
mod small;
mod threats;
mod transfers;
