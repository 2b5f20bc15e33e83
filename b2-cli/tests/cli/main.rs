//! The real binary against a real server on loopback, in folders of its own.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is wrong")]

mod account;
mod bad_input;
mod between;
mod bucket;
mod demo;
mod destination;
mod file;
mod folder;
mod foreign;
mod hostile;
mod key;
mod links;
mod odd_names;
mod restricted;
mod rm;
mod sim;
mod stopped;
mod upload;
mod world;
