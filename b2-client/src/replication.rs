//! Replication of buckets: set-up, changes of rules, and reports.

mod monitor;
mod setup;

use alloc::vec::Vec;
use core::fmt;

use b2_proto::ErrorKind;
use b2_proto::call::Retrying;
use b2_proto::model::{Readable, ReplicationConfiguration, ReplicationRule};
use b2_proto::replication::{ChangeRule, RuleChange};

pub use monitor::{ReplicationMonitor, ReplicationPairs};
pub use setup::SetupReplicationBuilder;

use crate::bucket::Bucket;
use crate::driver::Resources;
use crate::error::Error;
use crate::host::Host;

/// The replication of the files of a bucket to others.
///
/// ```
/// use b2_client::{Bucket, Error, Host};
///
/// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
/// let replication = bucket.replication();
/// for rule in replication.rules().await? {
///     let report = replication.monitor(rule).await?;
///     for group in report.groups() {
///         println!("{} files: {:?}", group.count, group.state.source_replication_status);
///     }
/// }
/// replication.pause("to-backup").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Replication<H: Host> {
    bucket: Bucket<H>,
}

impl<H: Host> Bucket<H> {
    /// Returns the replication of the files of this bucket.
    #[must_use]
    pub fn replication(&self) -> Replication<H> {
        Replication { bucket: self.clone() }
    }
}

impl<H: Host> Replication<H> {
    /// Returns the settings of the bucket as a source and as a destination (`b2_list_buckets`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`] if the key may not read them, and [`ErrorKind::BucketIdNotFound`].
    pub async fn configuration(&self) -> Result<ReplicationConfiguration, Error> {
        match self.bucket.get_fresh_state().await?.replication {
            Readable::Value(configuration) => Ok(configuration),
            Readable::Unreadable => {
                let message = "the application key may not read the replication of the bucket; use a key with the \
                               capability readBucketReplications";
                Err(b2_proto::Error::new(ErrorKind::Unauthorized, message).into())
            }
        }
    }

    /// Returns the rules of the bucket (`b2_list_buckets`). Empty if it is no source.
    ///
    /// # Errors
    ///
    /// As [`configuration`](Self::configuration).
    pub async fn rules(&self) -> Result<Vec<ReplicationRule>, Error> {
        let source = self.configuration().await?.as_replication_source;
        Ok(source.map(|source| source.replication_rules).unwrap_or_default())
    }

    /// Pauses a rule: new files are not replicated until it is [unpaused](Self::unpause). Returns whether it was not
    /// paused before (`b2_update_bucket`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResourceNotFound`] if there is no such rule.
    pub async fn pause(&self, rule: &str) -> Result<bool, Error> {
        self.change(rule, RuleChange::Pause).await
    }

    /// Ends a pause. Returns whether the rule was paused (`b2_update_bucket`).
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub async fn unpause(&self, rule: &str) -> Result<bool, Error> {
        self.change(rule, RuleChange::Unpause).await
    }

    /// Deletes a rule. Replicas stay, and so do the keys (`b2_update_bucket`).
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub async fn delete(&self, rule: &str) -> Result<(), Error> {
        self.change(rule, RuleChange::Delete).await.map(drop)
    }

    /// Counts the files of a rule by the states of their replication, and compares them with their replicas.
    pub fn monitor(&self, rule: ReplicationRule) -> ReplicationMonitor<H> {
        ReplicationMonitor::new(self.bucket.clone(), rule)
    }

    async fn change(&self, rule: &str, change: RuleChange) -> Result<bool, Error> {
        let session = &self.bucket.client().session;
        let (policy, seed) = (session.settings.retry, session.host.seed());
        let machine = ChangeRule::new(self.bucket.id().clone(), rule, change, policy, seed);
        let log = |retrying: Retrying| {
            tracing::info!(error = %retrying.error, "retrying the change of a replication rule");
        };
        Ok(session.drive(machine, Resources::default(), log).await?.changed)
    }
}

impl<H: Host> fmt::Debug for Replication<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replication").field("bucket", &self.bucket).finish()
    }
}
