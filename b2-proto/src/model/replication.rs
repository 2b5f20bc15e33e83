//! Replication: copies that B2 makes by itself.

use super::open::{any_case, open_enum};

open_enum! {
    /// How far the replication of a file version has come. B2 writes it in either case.
    ReplicationStatus, any_case {
        /// It will be replicated.
        Pending = "PENDING",
        /// It has been replicated.
        Completed = "COMPLETED",
        /// It could not be replicated.
        Failed = "FAILED",
        /// It is a replica itself.
        Replica = "REPLICA",
    }
}
