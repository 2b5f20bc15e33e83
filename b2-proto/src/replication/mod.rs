//! Set-up and supervision of the replication of buckets.
//!
//! The buckets of a replication may belong to two accounts, and a [`Machine`](crate::machine::Machine) has one. So
//! [`Setup`] and [`ReplicationScan`] return the calls to run, each with its account, and take the responses, as
//! [`Ls`](crate::list::Ls) does. [`ChangeRule`] is a machine, since a rule is in one bucket.

mod change;
mod keys;
mod report;
mod rules;
mod scan;
mod setup;
#[cfg(test)]
mod tests;

pub use change::{ChangeRule, RuleChange, RuleChanged};
pub use keys::{DESTINATION_CAPABILITIES, SOURCE_CAPABILITIES};
pub use report::{ReplicationGroup, ReplicationReport, ReplicationSample, ReplicationState};
pub use rules::{NewRule, PRIORITY_OFFSET};
pub use scan::ReplicationScan;
pub use setup::{ReplicationSetup, Setup, SetupCall, SetupResponse, SetupStep, Side};
