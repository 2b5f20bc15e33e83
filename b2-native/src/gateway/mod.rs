//! A host for [`b2_proto::gateway`] over HTTP/1.1, with limits on connections, memory and time.
//!
//! The application implements [`Application`], and a [`GatewayHost`] serves its visitors. The example `gateway` shows
//! both.
//!
//! # Deployment
//!
//! The host speaks plain HTTP, so browsers need a proxy with TLS in front of it, such as nginx. The proxy should
//!
//! - limit connections and requests for each address (`limit_conn`, `limit_req`), which the host cannot do, since it
//!   sees the address of the proxy only;
//! - pass requests on unbuffered (`proxy_request_buffering off`), so that a body is not received if its head is refused,
//!   with time limits no longer than those of [`Limits`] (`client_header_timeout 15s`, `client_body_timeout 30s`) and a
//!   `client_max_body_size` slightly above the largest small file;
//! - keep `Authorization` out of logs.

mod body;
mod connection;
mod limits;

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use b2_client::Host as _;
use b2_proto::gateway::{Gateway, GatewayEvent, Grant, IncomingRequest, Responder, Route};
use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use http::{Request, Response, StatusCode, Version};
use http_body::Body;
use tokio::net::TcpListener;

use crate::Client;
use body::{BodyError, BodyMemory, discard};
use connection::Slots;

pub use limits::Limits;

/// The error of an application's check.
pub type ApplicationError = Box<dyn Error + Send + Sync>;

/// A web application that hosts a gateway.
pub trait Application: Send + Sync + 'static {
    /// Returns what a visitor may do, or `None` to refuse it.
    ///
    /// [`IncomingRequest::credentials`] has the visitor's credential, [`IncomingRequest::head`] the other headers. Neither
    /// has been checked. Compare secrets in constant time.
    ///
    /// # Errors
    ///
    /// If the check cannot be done, for example because the session store is down. The visitor gets a 500 without the
    /// reason. A panic is treated the same.
    fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> impl Future<Output = Result<Option<Grant>, ApplicationError>> + Send;

    /// Reports a problem to the operator. The default prints it to the standard error.
    fn report(&self, problem: &Problem) {
        eprintln!("gateway: {problem}");
    }
}

/// A problem for the operator, which visitors do not see.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// [`Application::authorize`] failed.
    Authorize(ApplicationError),
    /// [`Application::authorize`] panicked. The panic hook has reported the panic.
    Panicked,
    /// A call to B2 failed, finally or before a retry.
    Call(GatewayEvent),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorize(error) => write!(f, "the application cannot authorize: {error}"),
            Self::Panicked => f.write_str("the application's check panicked"),
            Self::Call(GatewayEvent::Failed(error)) => {
                write!(f, "a visitor could not be served: {error}")
            }
            Self::Call(event) => write!(f, "{event:?}"),
        }
    }
}

/// Serves the gateway of an application, as a server or as a part of one.
pub struct GatewayHost<A> {
    client: Client,
    gateway: Gateway,
    application: A,
    limits: Limits,
    slots: Arc<Slots>,
    memory: BodyMemory,
}

impl<A> fmt::Debug for GatewayHost<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayHost").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<A: Application> GatewayHost<A> {
    /// Creates a host with the default [`Limits`]. `client` uses the application's own account.
    #[must_use]
    pub fn new(client: Client, gateway: Gateway, application: A) -> Self {
        let limits = Limits::default();
        let slots = Slots::new(limits.connections);
        let memory = BodyMemory::new(&limits);
        Self { client, gateway, application, limits, slots, memory }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        let (slots, memory) = (Slots::new(limits.connections), BodyMemory::new(&limits));
        Self { limits, slots, memory, ..self }
    }

    /// Returns the number of open connections.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.slots.taken()
    }

    /// Serves connections until the future is dropped.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let host = Arc::clone(&self);
        let answer = move |request| {
            let host = Arc::clone(&host);
            async move { host.answer(request).await }
        };
        connection::serve(listener, &self.limits, &self.slots, answer).await;
    }

    /// Responds to one request, for a server with other routes. Of the limits, those on bodies apply; those on heads and
    /// connections are up to the server.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (head, body) = request.into_parts();
        let close = has_ambiguous_length(&head);
        let incoming = self.gateway.receive(head, self.client.host().timestamp());
        let (responder, _body) = self.receive(incoming, Box::pin(body)).await;
        let report = |event| self.application.report(&Problem::Call(event));
        let mut response = match self.client.run(responder, report).await {
            Ok(response) => Response::from(response),
            // A responder fails only if it is cancelled.
            Err(_) => empty_response(StatusCode::SERVICE_UNAVAILABLE),
        };
        if close {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Returns whether a proxy may have seen another end of this request, because it has a transfer encoding and may have had
/// a length, which hyper removes. The connection is closed then, so that nothing after the request is parsed as another.
fn has_ambiguous_length(head: &http::request::Parts) -> bool {
    head.version <= Version::HTTP_11 && head.headers.contains_key(TRANSFER_ENCODING)
}

/// Returns an empty response.
fn empty_response(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

impl<A: Application> GatewayHost<A> {
    /// Receives the body of a request, and returns the machine that responds, with the body.
    async fn receive<B>(
        &self,
        incoming: IncomingRequest,
        mut body: Pin<Box<B>>,
    ) -> (Responder, Option<body::Received>)
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let host = self.client.host();
        if incoming.route() == Route::Authorize {
            discard(&incoming, body);
            let granted = self.authorize(&incoming).await;
            let responder = match granted {
                Ok(Some(grant)) => incoming.authorize(host.timestamp(), grant),
                Ok(None) => incoming.refuse(),
                Err(problem) => {
                    self.application.report(&problem);
                    incoming.fail()
                }
            };
            return (responder, None);
        }
        if incoming.is_refused() {
            discard(&incoming, body);
            return (incoming.respond(host.timestamp(), host.seed(), &Bytes::new()), None);
        }
        let (limit, owner) = (incoming.body_limit(), incoming.owner().unwrap_or_default());
        let read = body::read(&mut body, limit, owner, &self.limits, &self.memory).await;
        let refused = match read {
            Ok(received) => {
                let responder = incoming.respond(host.timestamp(), host.seed(), received.bytes());
                return (responder, Some(received));
            }
            Err(BodyError::TooLong) => {
                discard(&incoming, body);
                incoming.too_long()
            }
            Err(BodyError::Busy) => {
                discard(&incoming, body);
                incoming.busy()
            }
            Err(BodyError::TooSlow | BodyError::Broken) => incoming.too_slow(),
        };
        (refused, None)
    }

    /// Runs the application's check, and catches its panics.
    async fn authorize(&self, incoming: &IncomingRequest) -> Result<Option<Grant>, Problem> {
        let mut deciding = pin!(self.application.authorize(incoming));
        let decided = poll_fn(|context| {
            let poll = AssertUnwindSafe(|| deciding.as_mut().poll(context));
            match catch_unwind(poll) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(decided)) => Poll::Ready(decided.map_err(Problem::Authorize)),
                Err(_) => Poll::Ready(Err(Problem::Panicked)),
            }
        });
        decided.await
    }
}
