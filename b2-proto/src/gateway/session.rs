//! The context of a request with a valid token.

use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use super::config::GatewayConfig;
use super::grant::Claims;
use super::response;
use super::signer::Purpose;
use super::uploads::{MARKS, OWNER_MARK};
use crate::call::CallFactory;
use crate::machine::TaskIds;
use crate::model::{FileInfo, FileVersion};
use crate::time::Timestamp;

/// The context of a request: the claims of its token, its time, and the gateway's configuration.
#[derive(Clone, Debug)]
pub(super) struct GatewaySession {
    pub(super) config: Arc<GatewayConfig>,
    /// The URL under which the visitor reaches the gateway.
    pub(super) base_url: String,
    pub(super) claims: Claims,
    pub(super) now: Timestamp,
    pub(super) seed: u64,
}

impl GatewaySession {
    /// Signs a token with the claims.
    pub(super) fn token(&self, purpose: Purpose) -> String {
        self.config.signer.sign(purpose, &self.claims)
    }

    /// Creates the calls to B2 of this request.
    pub(super) fn calls(&self) -> CallFactory {
        CallFactory::new(self.config.retry, self.seed, TaskIds::default())
    }

    /// Returns the time until the grant expires, in whole seconds, at least one.
    pub(super) fn time_left(&self) -> Duration {
        let left = self.claims.expires.saturating_since(self.now);
        Duration::from_secs(left.as_secs().max(1))
    }

    /// Returns sixteen hex digits that are random for each request.
    pub(super) fn random(&self) -> String {
        let context = format!("{} {}", self.now.as_millis(), self.claims.grant.owner);
        self.config.signer.random(self.seed, &context)
    }

    /// Returns the mark for files of the owner.
    pub(super) fn mark(&self) -> String {
        self.config.signer.marks(&self.claims.grant.owner).next().unwrap_or_default()
    }

    /// Returns whether a file has a mark of the owner.
    pub(super) fn owns(&self, info: &FileInfo) -> bool {
        let mark = info.get(OWNER_MARK);
        self.config.signer.marks(&self.claims.grant.owner).any(|own| mark == Some(&own))
    }

    /// Returns a file object without the marks.
    pub(super) fn file(&self, mut version: FileVersion, id: Option<String>) -> response::File {
        for mark in MARKS {
            version.file_info.remove(mark);
        }
        response::File::new(version, id)
    }
}
