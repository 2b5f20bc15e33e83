//! The set-up of a replication.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::future::IntoFuture;

use b2_proto::model::BucketId;
use b2_proto::replication::{
    NewRule, ReplicationSetup, Setup, SetupCall, SetupResponse, SetupStep, Side,
};

use crate::bucket::Bucket;
use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::BoxFuture;

/// A set-up of the replication from one bucket to another: set what differs from the defaults, then await it.
///
/// A set-up that is repeated changes nothing, and one that was interrupted is continued, as [`Setup`] says.
///
/// ```
/// use b2_client::{Client, Error, Host};
///
/// # async fn run<H: Host>(ours: Client<H>, theirs: Client<H>) -> Result<(), Error> {
/// let photos = ours.bucket("my-photos").await?;
/// let backup = theirs.bucket("photos-backup").await?;
/// let done = ours
///     .setup_replication(&photos, &backup)
///     .file_name_prefix("2026/")
///     .include_existing_files(true)
///     .await?;
/// println!("the rule is called {}", done.rule.replication_rule_name);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up before it is awaited"]
pub struct SetupReplicationBuilder<H: Host> {
    client: Client<H>,
    source: BucketId,
    destination: Bucket<H>,
    rule: NewRule,
}

impl<H: Host> SetupReplicationBuilder<H> {
    /// Sets the name of the rule: 1 to 64 ASCII letters, digits, `-` and `_`. Default: the name of the destination
    /// bucket, with a number if another rule has that name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.rule.name = Some(name.into());
        self
    }

    /// Sets the priority of the rule, from 1 to 2,147,483,647. Default: 5 above the highest of the other rules, or 128.
    pub fn priority(mut self, priority: u32) -> Self {
        self.rule.priority = Some(priority);
        self
    }

    /// Replicates only files whose names start with `prefix`.
    pub fn file_name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.rule.file_name_prefix = prefix.into();
        self
    }

    /// Sets whether files that exist already are replicated, too. Default: only new ones are.
    pub fn include_existing_files(mut self, include: bool) -> Self {
        self.rule.include_existing_files = include;
        self
    }

    async fn run(self) -> Result<ReplicationSetup, Error> {
        let source = self.client;
        let destination = self.destination.client();
        for client in [&source, destination] {
            Setup::check_allowed(&*client.authorization().await?)?;
        }
        let mut setup = Setup::new(self.source, self.destination.id().clone(), self.rule);
        // The error of the core has no cause, and may not be that of the last call.
        let mut failed = None;
        loop {
            let (side, call) = match setup.next_step() {
                SetupStep::Call(side, call) => (side, call),
                SetupStep::Done(result) => {
                    return result.map_err(|error| {
                        let same = |failed: &Error| *failed.data() == error;
                        failed.filter(same).unwrap_or_else(|| error.into())
                    });
                }
            };
            let client = match side {
                Side::Source => &source,
                Side::Destination => destination,
            };
            setup.took(match run_call(client, call).await {
                Ok(response) => Ok(response),
                Err(error) => {
                    let data = error.data().clone();
                    failed.get_or_insert(error);
                    Err(data)
                }
            });
        }
    }
}

async fn run_call<H: Host>(client: &Client<H>, call: SetupCall) -> Result<SetupResponse, Error> {
    Ok(match call {
        SetupCall::Buckets(call) => SetupResponse::Buckets(client.call(call).await?),
        SetupCall::Keys(call) => SetupResponse::Keys(client.call(call).await?),
        SetupCall::CreateKey(call) => SetupResponse::CreateKey(Box::new(client.call(call).await?)),
        SetupCall::Update(call) => SetupResponse::Update(Box::new(client.call(*call).await?)),
        SetupCall::DeleteKey(call) => SetupResponse::DeleteKey(client.call(call).await?),
    })
}

impl<H: Host> Client<H> {
    /// Sets up the replication of a bucket of this client's account to another bucket, which may be one of another client
    /// (`b2_list_buckets`, `b2_list_keys`, `b2_create_key`, `b2_update_bucket`).
    ///
    /// It ends with [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) before anything is changed if the rule
    /// is invalid, and with [`ErrorKind::Unauthorized`](b2_proto::ErrorKind::Unauthorized) if a key may not do it.
    pub fn setup_replication(
        &self,
        source: &Bucket<H>,
        destination: &Bucket<H>,
    ) -> SetupReplicationBuilder<H> {
        SetupReplicationBuilder {
            client: self.clone(),
            source: source.id().clone(),
            destination: destination.clone(),
            rule: NewRule::default(),
        }
    }
}

impl<H: Host> IntoFuture for SetupReplicationBuilder<H> {
    type Output = Result<ReplicationSetup, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<H: Host> fmt::Debug for SetupReplicationBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupReplicationBuilder")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
