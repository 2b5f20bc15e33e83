//! One request of one visitor.

use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use super::config::GatewayConfig;
use super::grant::Claims;
use super::response;
use super::signer::Purpose;
use super::uploads::{MARKS, OWNER_MARK};
use crate::model::{FileInfo, FileVersion};
use crate::time::Timestamp;

/// Who asks, and when.
#[derive(Clone, Debug)]
pub(super) struct GatewaySession {
    pub(super) config: Arc<GatewayConfig>,
    /// Where the gateway is, for this visitor.
    pub(super) base_url: String,
    pub(super) claims: Claims,
    pub(super) now: Timestamp,
    pub(super) seed: u64,
}

impl GatewaySession {
    pub(super) fn token(&self, purpose: Purpose) -> String {
        self.config.signer.sign(purpose, &self.claims)
    }

    /// What is left of the grant, in whole seconds.
    pub(super) fn time_left(&self) -> Duration {
        let left = self.claims.expires.saturating_since(self.now);
        Duration::from_secs(left.as_secs().max(1))
    }

    /// Sixteen hex digits of this request's own.
    pub(super) fn random(&self) -> String {
        let context = format!("{} {}", self.now.as_millis(), self.claims.grant.owner);
        self.config.signer.random(self.seed, &context)
    }

    /// The mark of the visitor's files.
    pub(super) fn mark(&self) -> String {
        self.config.signer.marks(&self.claims.grant.owner).next().unwrap_or_default()
    }

    /// Whether a file is marked as the visitor's.
    pub(super) fn owns(&self, info: &FileInfo) -> bool {
        let mark = info.get(OWNER_MARK);
        self.config.signer.marks(&self.claims.grant.owner).any(|own| mark == Some(&own))
    }

    /// A file object as the visitor sees it, without the marks.
    pub(super) fn file(&self, version: &FileVersion, id: Option<&str>) -> serde_json::Value {
        let mut info = version.file_info.clone();
        for mark in MARKS {
            info.remove(mark);
        }
        response::file(version, id, &info)
    }
}
