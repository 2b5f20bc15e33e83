//! Tests of the rules of the service, through its API.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is wrong")]

mod accounts;
mod any_request;
mod buckets;
mod client;
mod copies;
mod downloads;
mod encryption;
mod faults;
mod files;
mod large;
mod lifecycle;
mod listing;
mod locks;
mod pages;
mod random;
mod rate;
mod replication;
mod s3;
mod several_accounts;
mod uploads;
