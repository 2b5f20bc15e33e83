//! The web application: it says who a visitor is and what he may do, and a [`GatewayHost`] does the rest.

use std::fmt;
use std::time::Duration;

use b2_native::gateway::{Application, ApplicationError, GatewayHost};
use b2_proto::gateway::{Grant, IncomingRequest, Uploads};
use b2_proto::model::BucketId;
use b2_proto::secret::Secret;

use crate::{BUCKET, PREFIX};

/// What the application knows.
pub struct Visitors {
    /// What the only visitor's page shows.
    pub session: Secret,
    /// Where files go.
    pub bucket_id: BucketId,
    /// For how long a grant is good.
    pub grant_lifetime: Duration,
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The content types of files.
    pub types: Vec<String>,
}

/// The gateway of the page.
pub type PageGateway = GatewayHost<Visitors>;

impl fmt::Debug for Visitors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitors").field("bucket_id", &self.bucket_id).finish_non_exhaustive()
    }
}

impl Application for Visitors {
    /// The check that every application has to write: whose session is this, and what may she do?
    async fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> Result<Option<Grant>, ApplicationError> {
        let shown = incoming.credentials();
        if !shown.is_some_and(|(_, session)| self.session.is(session.expose())) {
            return Ok(None);
        }
        let lifetime = self.grant_lifetime;
        let grant = Grant::new("ada", self.bucket_id.clone(), BUCKET, PREFIX, lifetime);
        let uploads = Uploads::new(self.max_bytes, &self.types).attachment();
        Ok(Some(grant.uploads(uploads).list().download()))
    }
}
