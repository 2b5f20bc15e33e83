//! The state of an account: credentials, authorization, upload URLs and bucket names.
//!
//! One [`Account`] is shared by all machines of a client. It is not a machine: the driver asks it to answer
//! [`Action::Auth`](crate::machine::Action::Auth), [`TakeUrl`](crate::machine::Action::TakeUrl) and
//! [`KeepUrl`](crate::machine::Action::KeepUrl), and never holds it while it waits for anything.

mod authorization;
mod authorized;
mod buckets;
mod hosts;
mod limits;
mod snapshot;
mod urls;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

pub use authorization::*;
pub use authorized::{Authorized, Generation};
pub use buckets::BucketNames;
pub use hosts::check_host;
pub use limits::UploadLimits;
pub use snapshot::{Credentials, Snapshot};
pub use urls::{UploadUrl, UrlKey, UrlPool};

use crate::error::Error;
use crate::model::{ApplicationKeyId, BucketId};
use crate::time::Instant;

/// A token lives for 24 hours; one this old is replaced before it fails.
const MAX_TOKEN_AGE: Duration = Duration::from_secs(23 * 3_600);

/// One account: its credentials, its authorization, its upload URLs and the names of its buckets.
#[derive(Debug, Default)]
pub struct Account {
    credentials: Option<Credentials>,
    authorized: Option<(Authorized, Instant)>,
    generation: Generation,
    urls: UrlPool,
    buckets: BucketNames,
    allowed_hosts: Vec<String>,
    /// The realm that is asked for an authorization right now.
    asked_realm: Option<String>,
}

impl Account {
    /// An account that knows its credentials only.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..Self::default() }
    }

    /// An account as a store kept it. Its authorization may have expired since; that shows at its first use.
    #[must_use]
    pub fn restore(snapshot: Snapshot, now: Instant) -> Self {
        let mut account = Self::new(snapshot.credentials);
        if let Some(authorization) = snapshot.authorization {
            account.set_authorized(authorization, now);
        }
        for (id, name) in snapshot.buckets.iter() {
            account.buckets.remember(id.clone(), name);
        }
        account
    }

    /// Allows requests to these hosts, and to all hosts in these domains, beside those of the realm.
    ///
    /// An authorization that names other hosts, as a store may hold one, is forgotten.
    pub fn allow_hosts(&mut self, hosts: Vec<String>) {
        self.allowed_hosts = hosts;
        if let (Some(credentials), Some((authorized, _))) = (&self.credentials, &self.authorized)
            && self.check_authorization(credentials, &authorized.authorization).is_err()
        {
            self.authorized = None;
        }
    }

    /// Notes that this realm is about to be asked for an authorization.
    pub fn asks(&mut self, realm: &str) {
        self.asked_realm = Some(realm.into());
    }

    /// Checks that a request may be sent to this URL, with the account's token or bytes of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UntrustedHost`](crate::ErrorKind::UntrustedHost), naming the host.
    pub fn check_url(&self, url: &str) -> Result<(), Error> {
        let of_realm = |realm: &str| check_host(realm, &self.allowed_hosts, url);
        match (&self.asked_realm, &self.credentials) {
            (Some(realm), _) if of_realm(realm).is_ok() => Ok(()),
            (_, Some(credentials)) => of_realm(&credentials.realm),
            (Some(realm), None) => of_realm(realm),
            (None, None) => Ok(()),
        }
    }

    fn check_authorization(
        &self,
        credentials: &Credentials,
        authorization: &Authorization,
    ) -> Result<(), Error> {
        for url in [&authorization.api_url, &authorization.download_url] {
            check_host(&credentials.realm, &self.allowed_hosts, url)?;
        }
        Ok(())
    }

    /// What a store should keep; `None` if there is nothing to keep.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        Some(Snapshot {
            credentials: self.credentials.clone()?,
            authorization: self.authorized.as_ref().map(|(auth, _)| (*auth.authorization).clone()),
            buckets: self.buckets.clone(),
        })
    }

    /// The credentials, if any are known.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The authorization, if it is newer than `stale` and not about to expire. Otherwise: authorize.
    #[must_use]
    pub fn authorization(&self, now: Instant, stale: Option<Generation>) -> Option<Authorized> {
        let (authorized, since) = self.authorized.as_ref()?;
        let fresh = stale.is_none_or(|stale| authorized.generation > stale)
            && now.saturating_since(*since) < MAX_TOKEN_AGE;
        fresh.then(|| authorized.clone())
    }

    /// The last authorization, however old.
    #[must_use]
    pub fn last_authorization(&self) -> Option<&Arc<Authorization>> {
        self.authorized.as_ref().map(|(authorized, _)| &authorized.authorization)
    }

    /// Takes over a new authorization.
    ///
    /// The upload URLs of the old one are forgotten. The bucket names stay if it is for the same account
    /// at the same realm; what the authorization itself says of bucket names is added.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucketMissing`](crate::ErrorKind::RestrictedBucketMissing) if every bucket to which the key is restricted is gone, and
    /// [`ErrorKind::UntrustedHost`](crate::ErrorKind::UntrustedHost) if it names hosts outside of the realm.
    pub fn authorize(
        &mut self,
        now: Instant,
        credentials: Credentials,
        authorization: Authorization,
    ) -> Result<Authorized, Error> {
        self.check_authorization(&credentials, &authorization)
            .map_err(|error| error.with_operation("b2_authorize_account"))?;
        authorization.allowed.check_buckets_exist()?;
        let same_account =
            self.credentials.as_ref().is_some_and(|old| old.realm == credentials.realm)
                && self
                    .last_authorization()
                    .is_some_and(|old| old.account_id == authorization.account_id);
        if !same_account {
            self.buckets = BucketNames::default();
        }
        self.credentials = Some(credentials);
        self.asked_realm = None;
        Ok(self.set_authorized(authorization, now))
    }

    fn set_authorized(&mut self, authorization: Authorization, now: Instant) -> Authorized {
        for bucket in authorization.allowed.buckets.iter().flatten() {
            if let Some(name) = &bucket.name {
                self.buckets.remember(bucket.id.clone(), name);
            }
        }
        self.urls = UrlPool::default();
        self.generation.0 += 1;
        let authorized =
            Authorized { generation: self.generation, authorization: Arc::new(authorization) };
        self.authorized = Some((authorized.clone(), now));
        authorized
    }

    /// Whether the stored key is the account's master key: its id is the account's, or is made of it.
    #[must_use]
    pub fn is_master_key(&self) -> bool {
        let (Some(credentials), Some(authorization)) =
            (&self.credentials, self.last_authorization())
        else {
            return false;
        };
        is_master_key(&credentials.application_key_id, authorization.account_id.as_str())
    }

    /// Takes an upload URL for exclusive use, if one is there.
    pub fn take_url(&mut self, now: Instant, key: &UrlKey) -> Option<UploadUrl> {
        self.urls.take(now, key)
    }

    /// Puts an upload URL back that has just served well.
    pub fn keep_url(&mut self, now: Instant, key: UrlKey, url: UploadUrl) {
        self.urls.keep(now, key, url);
    }

    /// Forgets all upload URLs under `key`.
    pub fn drop_urls(&mut self, key: &UrlKey) {
        self.urls.forget(key);
    }

    /// The names of buckets.
    #[must_use]
    pub fn buckets(&self) -> &BucketNames {
        &self.buckets
    }

    /// The names of buckets, to be changed.
    pub fn buckets_mut(&mut self) -> &mut BucketNames {
        &mut self.buckets
    }

    /// The id of a bucket, without asking B2: from the names seen so far.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucket`](crate::ErrorKind::RestrictedBucket) if the key is restricted to other buckets.
    pub fn bucket_id(&self, name: &str) -> Result<Option<BucketId>, Error> {
        if let Some(authorization) = self.last_authorization() {
            authorization.allowed.check_bucket_name(name)?;
        }
        Ok(self.buckets.id(name).cloned())
    }
}

/// An old master key's id is the account's; a newer one is three characters, the account id, ten zeros.
fn is_master_key(key_id: &ApplicationKeyId, account_id: &str) -> bool {
    const ZEROS: &str = "0000000000";
    let id = key_id.as_str();
    let made_of_it = id.strip_suffix(ZEROS).is_some_and(|head| head.ends_with(account_id))
        && id.len() == 3 + account_id.len() + ZEROS.len();
    id == account_id || made_of_it
}

#[cfg(test)]
mod tests;
