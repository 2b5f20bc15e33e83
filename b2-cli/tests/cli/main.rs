//! Tests of the `b2` binary against a simulator on loopback.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is wrong")]

mod account;
mod bad_input;
mod bucket;
mod compatible;
mod compose;
mod demo;
mod destination;
mod env;
mod file;
mod folder;
mod foreign;
mod hostile;
mod key;
mod links;
mod listings;
mod moves;
mod odd_names;
mod proxy;
mod replication;
mod restricted;
mod rm;
mod sim;
mod sim_killed;
mod stopped;
mod sync;
mod upload;
