//! The machines of `b2-proto` against the pure simulator, under a virtual clock.
//!
//! A [`Simulation`] has everything outside the machines: the simulator, a network with latency and faults, an account, and a
//! clock that jumps from event to event. An [`Actor`] is a machine with the bytes that it reads and writes.
//! [`Simulation::run`] is the deterministic driver: the same seed gives the same run.
//!
//! [`parity`] maps the names of b2sdk to those of this project.

mod actor;
mod checkout;
mod driver;
mod folder;
mod invariants;
pub mod parity;
mod rng;
mod server;
mod simulation;

pub use actor::{Actor, Local, Running};
pub use checkout::{npm_package, npm_tools, page_folder, workspace_root};
pub use folder::{Folder, FolderChange, FolderFaults, FolderFile};
pub use rng::Rng;
pub use server::Server;
pub use simulation::{BUCKET, FaultProfile, Simulation};
