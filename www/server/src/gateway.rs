//! The web application: it says who a visitor is and what he may do, and the gateway does the rest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Response, StatusCode};
use b2_client::Host as _;
use b2_native::Client;
use b2_proto::gateway::{Cors, Gateway, Grant, Route, Uploads};
use b2_proto::model::BucketId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{BUCKET, PREFIX};

/// What the application knows.
pub struct Application {
    /// Its own account at B2.
    pub client: Client,
    /// Answers visitors.
    pub gateway: Gateway,
    /// Whose pages may ask.
    pub cors: Cors,
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
    fn grant(&self, headers: &HeaderMap) -> Option<Grant> {
        let shown = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
        let shown = String::from_utf8(STANDARD.decode(shown).ok()?).ok()?;
        let (_, session) = shown.split_once(':')?;
        if session != self.session {
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

async fn handle(State(site): State<Arc<Application>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let headers = head.headers.clone();
    let route = Route::of(&head);
    let limit = usize::try_from(site.gateway.body_limit(route)).unwrap_or(usize::MAX);
    let Ok(body) = to_bytes(body, limit).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let host = site.client.host();
    let (now, seed) = (host.timestamp(), host.seed());
    let serve = match route {
        Route::Preflight => return site.cors.preflight(&headers).map(Body::from),
        Route::Unknown => return empty(StatusCode::NOT_FOUND),
        Route::Authorize => match site.grant(&headers) {
            Some(grant) => site.gateway.authorize(now, grant),
            None => return readable(&site, &headers, site.gateway.refuse()),
        },
        _ => site.gateway.serve(now, seed, Request::from_parts(head, body)),
    };
    match site.client.run(serve, |_| {}).await {
        Ok(response) => readable(&site, &headers, response),
        Err(_) => empty(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn readable(
    site: &Application,
    request: &HeaderMap,
    mut response: Response<Bytes>,
) -> Response<Body> {
    site.cors.apply(request, response.headers_mut());
    response.map(Body::from)
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
