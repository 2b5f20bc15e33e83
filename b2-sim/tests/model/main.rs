//! The rules of the service, asked through its API as a client would.

mod files;
mod world;
