//! Hosts a gateway, which is decided by [`b2_proto::gateway`], over HTTP/1.1: with limits on what strangers can take
//! up.
//!
//! An application says who may do what ([`Application`]); a [`GatewayHost`] does the rest. The example `gateway` shows
//! both.
//!
//! # What a deployment has in front
//!
//! The host speaks plain HTTP. For browsers there is TLS in front of it: nginx, say, or a load balancer. There
//!
//! - limit connections and requests for each address (`limit_conn`, `limit_req`): behind a proxy the host sees one
//!   address only, so it has no such limit itself;
//! - pass requests on as they come (`proxy_request_buffering off`), so that a body that is refused by its head is not
//!   received first, with time limits no longer than those of [`Limits`] (`client_header_timeout 15s`,
//!   `client_body_timeout 30s`) and a `client_max_body_size` of the largest small file and a little more;
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
use body::{NotReceived, Room, linger};
use connection::Slots;

pub use limits::Limits;

/// Why an application cannot say who a visitor is.
pub type ApplicationError = Box<dyn Error + Send + Sync>;

/// What a web application decides, and is told.
pub trait Application: Send + Sync + 'static {
    /// Says what a visitor may do; `None` means nothing.
    ///
    /// [`IncomingRequest::credentials`] are what the visitor shows, [`IncomingRequest::head`] has the other headers. Neither
    /// has been checked. Compare secrets in constant time.
    ///
    /// # Errors
    ///
    /// If it cannot be said: the session store is down. The visitor is told to come back, and not why. A panic is
    /// treated the same.
    fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> impl Future<Output = Result<Option<Grant>, ApplicationError>> + Send;

    /// Is told what went wrong that is the operator's to know. By default it is written to the standard error.
    fn report(&self, trouble: &Trouble) {
        eprintln!("gateway: {trouble}");
    }
}

/// What went wrong that is the operator's to know, and not the visitor's.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble {
    /// [`Application::authorize`] has failed.
    Authorize(ApplicationError),
    /// [`Application::authorize`] has panicked. The panic itself is reported by its thread.
    Panicked,
    /// A call to B2 was repeated, or has failed.
    Call(GatewayEvent),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorize(error) => write!(f, "the application cannot authorize: {error}"),
            Self::Panicked => f.write_str("the application's check has panicked"),
            Self::Call(GatewayEvent::Failed(error)) => {
                write!(f, "a visitor could not be served: {error}")
            }
            Self::Call(event) => write!(f, "{event:?}"),
        }
    }
}

/// A gateway of an application, as a server or a part of one.
pub struct GatewayHost<A> {
    client: Client,
    gateway: Gateway,
    application: A,
    limits: Limits,
    slots: Arc<Slots>,
    room: Room,
}

impl<A> fmt::Debug for GatewayHost<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayHost").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<A: Application> GatewayHost<A> {
    /// A host with the default [`Limits`]. `client` is the application's own account.
    #[must_use]
    pub fn new(client: Client, gateway: Gateway, application: A) -> Self {
        let limits = Limits::default();
        let slots = Slots::new(limits.connections);
        let room = Room::new(&limits);
        Self { client, gateway, application, limits, slots, room }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        let (slots, room) = (Slots::new(limits.connections), Room::new(&limits));
        Self { limits, slots, room, ..self }
    }

    /// Number of connections that are being served.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.slots.taken()
    }

    /// Serves those who connect, until it is dropped.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let host = Arc::clone(&self);
        let answer = move |request| {
            let host = Arc::clone(&host);
            async move { host.answer(request).await }
        };
        connection::serve(listener, &self.limits, &self.slots, answer).await;
    }

    /// Answers one request, for a server that has other things to serve as well. Of the limits, it keeps those on
    /// bodies; heads and connections are that server's.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (head, body) = request.into_parts();
        let last = may_end_elsewhere(&head);
        let incoming = self.gateway.receive(head, self.client.host().timestamp());
        let (serve, _room) = self.decide(incoming, Box::pin(body)).await;
        let report = |event| self.application.report(&Trouble::Call(event));
        let mut response = match self.client.run(serve, report).await {
            Ok(response) => Response::from(response),
            // It always ends with a response, but for a cancel.
            Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE),
        };
        if last {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Whether a proxy may have seen another end of this request, if it has read a length that was sent beside the chunks.
/// hyper drops that length, so what follows on the connection is not believed to be another request.
fn may_end_elsewhere(head: &http::request::Parts) -> bool {
    head.version <= Version::HTTP_11 && head.headers.contains_key(TRANSFER_ENCODING)
}

/// An answer to what is not the gateway's to answer.
fn refused(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

impl<A: Application> GatewayHost<A> {
    /// What becomes of a request, and the room that its body takes meanwhile.
    async fn decide<B>(
        &self,
        incoming: IncomingRequest,
        mut body: Pin<Box<B>>,
    ) -> (Responder, Option<body::Received>)
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let host = self.client.host();
        if incoming.route() == Route::Authorize {
            linger(&incoming, body);
            let granted = self.authorize(&incoming).await;
            let serve = match granted {
                Ok(Some(grant)) => incoming.authorize(host.timestamp(), grant),
                Ok(None) => incoming.refuse(),
                Err(trouble) => {
                    self.application.report(&trouble);
                    incoming.fail()
                }
            };
            return (serve, None);
        }
        if incoming.is_refused() {
            // The head is enough to say no: nothing of the body is kept.
            linger(&incoming, body);
            return (incoming.respond(host.timestamp(), host.seed(), &Bytes::new()), None);
        }
        let (limit, owner) = (incoming.body_limit(), incoming.owner().unwrap_or_default());
        let read = body::read(&mut body, limit, owner, &self.limits, &self.room).await;
        let refused = match read {
            Ok(received) => {
                let serve = incoming.respond(host.timestamp(), host.seed(), received.bytes());
                return (serve, Some(received));
            }
            Err(NotReceived::TooLong) => {
                linger(&incoming, body);
                incoming.too_long()
            }
            Err(NotReceived::Busy) => {
                linger(&incoming, body);
                incoming.busy()
            }
            Err(NotReceived::TooSlow | NotReceived::Broken) => incoming.too_slow(),
        };
        (refused, None)
    }

    /// Asks the application, which may fail in any way.
    async fn authorize(&self, incoming: &IncomingRequest) -> Result<Option<Grant>, Trouble> {
        let mut deciding = pin!(self.application.authorize(incoming));
        let decided = poll_fn(|context| {
            let poll = AssertUnwindSafe(|| deciding.as_mut().poll(context));
            match catch_unwind(poll) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(decided)) => Poll::Ready(decided.map_err(Trouble::Authorize)),
                Err(_) => Poll::Ready(Err(Trouble::Panicked)),
            }
        });
        decided.await
    }
}
