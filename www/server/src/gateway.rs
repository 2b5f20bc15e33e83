//! The web application: it says who a visitor is and what he may do, and the gateway does the rest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use b2_client::Host as _;
use b2_native::Client;
use b2_proto::gateway::{Gateway, Grant, Route, Uploads};
use b2_proto::model::BucketId;
use b2_proto::secret::Secret;

use crate::{BUCKET, PREFIX};

/// What the application knows.
pub struct Application {
    /// Its own account at B2.
    pub client: Client,
    /// Answers visitors.
    pub gateway: Gateway,
    /// What the only visitor's page shows.
    pub session: String,
    /// Where files go.
    pub bucket_id: BucketId,
    /// For how long a grant is good.
    pub grant_lifetime: Duration,
    /// The largest file, in bytes.
    pub max_bytes: u64,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("bucket_id", &self.bucket_id).finish_non_exhaustive()
    }
}

impl Application {
    /// The check that every application has to write: whose session is this, and what may she do?
    fn grant(&self, credentials: Option<(String, Secret)>) -> Option<Grant> {
        let (_, session) = credentials?;
        if session.expose() != self.session {
            return None;
        }
        let lifetime = self.grant_lifetime;
        let grant = Grant::new("ada", self.bucket_id.clone(), BUCKET, PREFIX, lifetime);
        // Any type will do, since no browser shows what it downloads.
        let uploads = Uploads::new(self.max_bytes, ["*/*", "b2/x-auto"]).attachment();
        Some(grant.uploads(uploads).list().download())
    }
}

/// Serves the gateway.
pub fn router(application: Arc<Application>) -> Router {
    Router::new().fallback(handle).with_state(application)
}

async fn handle(
    State(site): State<Arc<Application>>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (head, body) = request.into_parts();
    let arrival = site.gateway.arrive(head);
    let (now, seed) = (site.client.host().timestamp(), site.client.host().seed());
    let answer = match arrival.route() {
        Route::Authorize => match site.grant(arrival.credentials()) {
            Some(grant) => arrival.admit(now, grant),
            None => arrival.refuse(),
        },
        _ => match to_bytes(body, arrival.body_limit()).await {
            Ok(body) => arrival.serve(now, seed, &body),
            Err(_) => arrival.too_long(),
        },
    };
    let response = site.client.run(answer, |_| {}).await;
    let response = response.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Response::from(response).map(Body::from))
}
