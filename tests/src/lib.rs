//! The machines of `b2-proto` against the pure simulator, under a virtual clock.
//!
//! [`World`] is everything outside of the machines: a B2 service, a network with latency and faults, an
//! account, a clock that jumps from event to event. [`Actor`]s are machines with the bytes they read and
//! write. [`World::run`] is the deterministic driver: the same seed gives the same run, to the last byte.
//!
//! [`parity`] leads from the names of b2sdk to those of this project.

mod actor;
mod chance;
mod checkout;
mod driver;
mod front;
pub mod parity;
mod watch;
mod world;

pub use actor::{Actor, Local, Running};
pub use chance::Chance;
pub use checkout::{npm_package, page_folder, workspace_root};
pub use front::Front;
pub use world::{BUCKET, Weather, World};
