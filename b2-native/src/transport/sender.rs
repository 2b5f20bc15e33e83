//! Sends a request over HTTP, or to a service in this process.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use b2_client::{BoxFuture, HostError};
use b2_proto::error::{TransportError, TransportErrorKind};
use bytes::Bytes;
use http_body::Body;

use super::classify;

type BoxError = Box<dyn Error + Send + Sync>;
type Outcome = Result<http::Response<reqwest::Body>, BoxError>;

/// A function that responds to requests.
#[derive(Clone)]
pub(crate) struct Service(
    Arc<dyn Fn(http::Request<reqwest::Body>) -> BoxFuture<'static, Outcome> + Send + Sync>,
);

impl Service {
    pub(crate) fn new<F, R, B, E>(respond: F) -> Self
    where
        F: Fn(http::Request<reqwest::Body>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<http::Response<B>, E>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + 'static,
        E: Into<BoxError>,
    {
        Self(Arc::new(move |request| {
            let response = respond(request);
            Box::pin(async move {
                let response = response.await.map_err(Into::into)?;
                Ok(response.map(reqwest::Body::wrap))
            })
        }))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

/// What sends requests.
#[derive(Clone, Debug)]
pub(super) enum Sender {
    Http(reqwest::Client),
    Service(Service),
}

impl Sender {
    /// Sends a request to `host`.
    pub(super) async fn execute(
        &self,
        host: &str,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, HostError> {
        let failed = |error| classify::failed(host, error);
        match self {
            Self::Http(client) => client.execute(request).await.map_err(failed),
            Self::Service(Service(respond)) => {
                let request = http::Request::try_from(request).map_err(failed)?;
                let response = respond(request).await.map_err(|error| HostError {
                    failure: TransportError::new(
                        TransportErrorKind::Broken,
                        format!("{host}: {error}"),
                    ),
                    cause: Some(error),
                })?;
                Ok(response.into())
            }
        }
    }
}
