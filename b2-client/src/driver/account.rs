//! How a driver reaches the account of its client.

use alloc::sync::Arc;

use b2_proto::account::{RateLimiter, UploadUrl, UrlKey};
use b2_proto::machine::{Authorized, Generation};
use b2_proto::time::Instant;

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// The account that machines share.
pub(crate) trait AccountAccess: MaybeSend + MaybeSync {
    /// Returns a valid authorization, newer than `stale`.
    fn authorization(
        self: Arc<Self>,
        stale: Option<Generation>,
    ) -> BoxFuture<'static, Result<Authorized, Error>>;

    /// Passes the limiter of the account's requests and the time to `f`, which does not wait for anything.
    fn with_rate(&self, f: &mut dyn FnMut(&mut RateLimiter, Instant));

    /// Checks that a request may be sent to this URL.
    fn check_url(&self, url: &str) -> Result<(), b2_proto::Error>;

    /// Takes a free upload URL.
    fn take_url(self: Arc<Self>, key: UrlKey) -> BoxFuture<'static, Option<UploadUrl>>;

    /// Puts an upload URL back. Returns what is left to be done, if anything is.
    fn put_url(self: Arc<Self>, key: UrlKey, url: UploadUrl) -> Option<BoxFuture<'static, ()>>;
}
