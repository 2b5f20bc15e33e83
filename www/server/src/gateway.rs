//! The web application: it checks a visitor's credential and returns a grant. A [`GatewayHost`] does the rest.

use std::fmt;
use std::time::Duration;

use b2_native::gateway::{Application, ApplicationError, GatewayHost};
use b2_proto::gateway::{Grant, IncomingRequest, Uploads};
use b2_proto::model::BucketId;
use b2_proto::secret::Secret;

use crate::{BUCKET, PREFIX};

/// The application's data about visitors.
pub struct Visitors {
    /// The credential of the only visitor.
    pub session: Secret,
    /// The bucket for uploads.
    pub bucket_id: BucketId,
    /// The lifetime of a grant.
    pub grant_lifetime: Duration,
    /// The size of the largest file, in bytes.
    pub max_bytes: u64,
    /// The permitted content types.
    pub types: Vec<String>,
    /// Whether stored files may be renamed and deleted.
    pub manage: bool,
}

/// The gateway of the page.
pub type PageGateway = GatewayHost<Visitors>;

impl fmt::Debug for Visitors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitors").field("bucket_id", &self.bucket_id).finish_non_exhaustive()
    }
}

impl Application for Visitors {
    /// Compares the credential with the session, and grants everything under the prefix that a visitor's page can do.
    async fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> Result<Option<Grant>, ApplicationError> {
        let credentials = incoming.credentials();
        if !credentials.is_some_and(|(_, session)| self.session.is(session.expose())) {
            return Ok(None);
        }
        let lifetime = self.grant_lifetime;
        let grant = Grant::new("ada", self.bucket_id.clone(), BUCKET, PREFIX, lifetime);
        let uploads = Uploads::new(self.max_bytes, &self.types).attachment();
        let grant = grant.uploads(uploads).list().download();
        Ok(Some(if self.manage { grant.copy().delete() } else { grant }))
    }
}
