//! The state of an account: credentials, authorization, upload URLs and bucket names.
//!
//! One [`Account`] is shared by all machines of a client. It is not a machine: the driver asks it to answer
//! [`Action::Auth`](crate::machine::Action::Auth), [`TakeUrl`](crate::machine::Action::TakeUrl) and
//! [`KeepUrl`](crate::machine::Action::KeepUrl), and when it may perform a [`Send`](crate::machine::Action::Send). It never
//! holds it while it waits for anything.

mod authorization;
mod authorized;
mod buckets;
mod hosts;
mod limits;
mod rate;
mod realm;
mod snapshot;
mod urls;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::time::Duration;

pub use authorization::*;
pub use authorized::{Authorized, Generation};
pub use buckets::BucketNames;
pub use hosts::check_host;
pub use limits::UploadLimits;
pub use rate::{RateLimiter, RequestSlot};
pub(crate) use realm::check_url;
pub use realm::realm_url;
pub use snapshot::{Credentials, Snapshot};
pub use urls::{UploadUrl, UrlKey, UrlPool};

use crate::error::Error;
use crate::model::{ApplicationKeyId, BucketId};
use crate::time::Instant;

/// The age at which a token is replaced. B2 accepts it for 24 hours.
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
    /// The realm to which `b2_authorize_account` is being sent.
    asked_realm: Option<String>,
    rate: RateLimiter,
}

impl Account {
    /// Creates an account of which only the credentials are known.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..Self::default() }
    }

    /// Creates an account from a snapshot. If its authorization has expired, the first call that uses it authorizes
    /// again.
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

    /// Allows requests to these hosts, and to all hosts in these domains, besides those of the realm.
    ///
    /// A stored authorization with URLs of other hosts is removed.
    pub fn allow_hosts(&mut self, hosts: Vec<String>) {
        self.allowed_hosts = hosts;
        if let (Some(credentials), Some((authorized, _))) = (&self.credentials, &self.authorized)
            && self.check_authorization(credentials, &authorized.authorization).is_err()
        {
            self.authorized = None;
        }
    }

    /// Limits how many requests are sent in a second, besides B2's limit, which is learned. By default there is no other.
    pub fn limit_rate(&mut self, requests_per_second: Option<NonZeroU32>) {
        self.rate = RateLimiter::new(requests_per_second);
    }

    /// Returns what decides when requests are sent: those of all calls and transfers of the account, to all hosts.
    pub fn rate_mut(&mut self) -> &mut RateLimiter {
        &mut self.rate
    }

    /// Removes credentials, authorization, upload URLs and bucket names. What was set for the client stays: the allowed
    /// hosts, and the limit of requests per second.
    pub fn forget(&mut self, now: Instant) {
        let allowed_hosts = core::mem::take(&mut self.allowed_hosts);
        let mut rate = core::mem::take(&mut self.rate);
        rate.forget(now);
        *self = Self { generation: self.generation, allowed_hosts, rate, ..Self::default() };
    }

    /// Allows requests to this realm until the next authorization. Call it before `b2_authorize_account` is sent.
    pub fn asks(&mut self, realm: &str) {
        self.asked_realm = Some(realm.into());
    }

    /// Checks that a request with the account's token or bytes of a file may be sent to this URL.
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

    /// Returns a copy of the state to keep in a store, or `None` if no credentials are known.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        Some(Snapshot {
            credentials: self.credentials.clone()?,
            authorization: self.authorized.as_ref().map(|(auth, _)| (*auth.authorization).clone()),
            buckets: self.buckets.clone(),
        })
    }

    /// Returns the credentials, if they are known.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Returns the authorization if it is newer than `stale` and not about to expire. With `None`, the account is to be
    /// authorized.
    #[must_use]
    pub fn authorization(&self, now: Instant, stale: Option<Generation>) -> Option<Authorized> {
        let (authorized, since) = self.authorized.as_ref()?;
        let fresh = stale.is_none_or(|stale| authorized.generation > stale)
            && now.saturating_since(*since) < MAX_TOKEN_AGE;
        fresh.then(|| authorized.clone())
    }

    /// Returns the last authorization, which may have expired.
    #[must_use]
    pub fn last_authorization(&self) -> Option<&Arc<Authorization>> {
        self.authorized.as_ref().map(|(authorized, _)| &authorized.authorization)
    }

    /// Replaces the authorization.
    ///
    /// Removes the upload URLs. Keeps the bucket names if the account and the realm are the same, and adds those in the
    /// authorization.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RestrictedBucketMissing`](crate::ErrorKind::RestrictedBucketMissing) if no bucket to which the key is
    /// restricted exists, and [`ErrorKind::UntrustedHost`](crate::ErrorKind::UntrustedHost) if a URL has a host outside
    /// of the realm.
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
            self.rate.forget(now);
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

    /// Returns whether the key is the account's master key, whose id is derived from the account's.
    #[must_use]
    pub fn is_master_key(&self) -> bool {
        let (Some(credentials), Some(authorization)) =
            (&self.credentials, self.last_authorization())
        else {
            return false;
        };
        is_master_key(&credentials.application_key_id, authorization.account_id.as_str())
    }

    /// Takes an upload URL from the pool for exclusive use, if there is one.
    pub fn take_url(&mut self, now: Instant, key: &UrlKey) -> Option<UploadUrl> {
        self.urls.take(now, key)
    }

    /// Puts an upload URL back after a successful upload.
    pub fn keep_url(&mut self, now: Instant, key: UrlKey, url: UploadUrl) {
        self.urls.keep(now, key, url);
    }

    /// Removes all upload URLs of a bucket or a large file from the pool.
    pub fn drop_urls(&mut self, key: &UrlKey) {
        self.urls.forget(key);
    }

    /// Returns the known names of buckets.
    #[must_use]
    pub fn buckets(&self) -> &BucketNames {
        &self.buckets
    }

    /// Returns the known names of buckets, to be changed.
    pub fn buckets_mut(&mut self) -> &mut BucketNames {
        &mut self.buckets
    }

    /// Returns the id of a bucket, if its name is known.
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

/// Returns whether a key id is that of a master key: the account id, or three characters, the account id and ten zeros.
fn is_master_key(key_id: &ApplicationKeyId, account_id: &str) -> bool {
    const ZEROS: &str = "0000000000";
    let id = key_id.as_str();
    let made_of_it = id.strip_suffix(ZEROS).is_some_and(|head| head.ends_with(account_id))
        && id.len() == 3 + account_id.len() + ZEROS.len();
    id == account_id || made_of_it
}

#[cfg(test)]
mod tests;
