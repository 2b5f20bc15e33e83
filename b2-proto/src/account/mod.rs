//! What is known about an account, as plain data with rules.

mod authorization;
mod snapshot;

pub use authorization::*;
pub use snapshot::{Credentials, Snapshot};
