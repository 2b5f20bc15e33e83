//! Requests over HTTP/1.1. Each is sent once, and its response is passed on unchanged.

mod activity;
mod body;
mod buffers;
mod classify;
mod resolve;
mod response;
mod sender;
mod spans;
#[cfg(feature = "rustls")]
pub(crate) mod tls;

use std::sync::Arc;
use std::time::Duration;

use b2_client::{Error, HostError, HostRequest, HostResponse, RequestBody};
use b2_proto::ErrorKind;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::http::{Headers, Response};
use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap};

pub use response::NativeResponseBody;

use crate::source::NativeSource;
use body::{Shared, UploadBody};
use buffers::Buffers;
use sender::Sender;
pub(crate) use sender::Service;

/// Settings of a [`Transport`].
pub(crate) struct Settings {
    pub(crate) user_agent: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: bool,
    #[cfg(feature = "rustls")]
    pub(crate) tls: tls::Settings,
    pub(crate) headers: HeaderMap,
}

/// Sends requests; clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    sender: Sender,
    buffers: Buffers,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(settings.user_agent)
            .default_headers(settings.headers)
            .connect_timeout(settings.connect_timeout)
            .dns_resolver(resolve::SystemResolver)
            .http1_only()
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        if !settings.proxy {
            builder = builder.no_proxy();
        }
        #[cfg(feature = "rustls")]
        {
            builder = settings.tls.apply(builder)?;
        }
        let client = builder.build().map_err(|error| invalid("the HTTP client", error))?;
        Ok(Self::with_client(client))
    }

    /// Returns a transport that uses an existing client.
    pub(crate) fn with_client(client: reqwest::Client) -> Self {
        Self { sender: Sender::Http(client), buffers: Buffers::default() }
    }

    /// Returns a transport that passes requests to a function.
    pub(crate) fn with_service(service: Service) -> Self {
        Self { sender: Sender::Service(service), buffers: Buffers::default() }
    }

    pub(crate) async fn send(
        &self,
        outgoing: HostRequest<NativeSource>,
    ) -> Result<HostResponse<NativeResponseBody>, HostError> {
        let HostRequest { head, body, idle_timeout, progress } = outgoing;
        let head = http::Request::try_from(&head).map_err(|_| refused("", NO_URL))?;
        let (head, ()) = head.into_parts();
        let host = head.uri.host().unwrap_or_default().to_owned();
        let url = reqwest::Url::parse(&head.uri.to_string());
        let url = url.map_err(|_| refused(&host, NO_URL))?;
        let mut request = reqwest::Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        let shared = Arc::new(Shared::new());

        let len = body.len();
        if len > 0 || !matches!(*request.method(), Method::GET | Method::HEAD) {
            request.headers_mut().insert(CONTENT_LENGTH, len.into());
        }
        let body = match body {
            RequestBody::Empty => None,
            RequestBody::Bytes(bytes) => Some(UploadBody::of_bytes(bytes, shared.clone())),
            RequestBody::Spans { spans, digest_at_end } => {
                let data = spans.iter().map(|(_, range)| range.end.saturating_sub(range.start));
                let data = data.sum();
                let buffers = &self.buffers;
                let body = UploadBody::of_spans(
                    spans,
                    digest_at_end,
                    data,
                    buffers,
                    progress,
                    shared.clone(),
                );
                Some(body.await?)
            }
        };
        *request.body_mut() = body.map(reqwest::Body::wrap);

        let outcome = tokio::select! {
            biased;
            outcome = self.sender.execute(&host, request) => outcome,
            () = shared.activity.idle(idle_timeout) => {
                return Err(classify::idle(&host, idle_timeout));
            }
        };
        let response = match outcome {
            Ok(response) => response,
            Err(error) => return Err(shared.take_error().unwrap_or(error)),
        };
        let (status, headers) = (response.status().as_u16(), Headers::from(response.headers()));
        let sent = shared.digest();
        let body = NativeResponseBody::new(response, host, idle_timeout, shared);
        Ok(HostResponse { response: Response { status, headers, body }, sent })
    }
}

/// Returns the error for settings that reqwest refuses.
fn invalid(what: &str, error: reqwest::Error) -> Error {
    let data = b2_proto::Error::new(ErrorKind::InvalidInput, format!("{what}: {error}"));
    Error::with_cause(data, error)
}

const NO_URL: &str = "the address is not a valid URL";

fn refused(host: &str, why: &str) -> HostError {
    TransportError::new(TransportErrorKind::Source, format!("{host}: {why}")).into()
}
