//! The commands that have replaced others.

use crate::commands::account::Account;
use crate::commands::bucket::Bucket;
use crate::commands::file::File;
use crate::commands::key::Key;
use crate::commands::replication::Replication;
use crate::context::Context;
use crate::error::CliError;

/// A command that has replaced another one.
#[derive(Debug)]
pub(super) enum Current {
    Account(Account),
    Bucket(Box<Bucket>),
    File(Box<File>),
    Key(Key),
    Replication(Replication),
}

impl Current {
    /// Runs the command.
    pub(super) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Account(account) => account.run(context).await,
            Self::Bucket(bucket) => bucket.run(context).await,
            Self::File(file) => file.run(context).await,
            Self::Key(key) => key.run(context).await,
            Self::Replication(replication) => replication.run(context).await,
        }
    }
}
