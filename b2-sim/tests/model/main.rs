//! The rules of the service, asked through its API as a client would.

mod accounts;
mod buckets;
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
mod uploads;
mod world;
