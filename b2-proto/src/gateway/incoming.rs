//! Requests to the gateway: checks their heads and creates the machine that responds.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::authorize::AuthorizeVisitor;
use super::calls;
use super::cors;
use super::forwarded::base_of_forwarded;
use super::grant::Claims;
use super::refusal::Refusal;
use super::relay::{self, Relay};
use super::responder::{GatewayEvent, Responder, Work};
use super::route::{Route, base_of, call_of};
use super::session::GatewaySession;
use super::signer::Purpose;
use super::{Gateway, Grant};
use crate::http::names::AUTHORIZATION;
use crate::http::{Headers, Method, RequestHead};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A request whose head has arrived. Its [`route`](Self::route) says how to respond to it.
///
/// Everything in the head has been checked: path, method, token and its expiration, the grant, and the declared
/// length of the body. The body of a request that [is refused](Self::is_refused) does not have to be read.
pub struct IncomingRequest {
    gateway: Gateway,
    route: Route,
    head: RequestHead,
    /// The claims of the token; `None` where the route needs no token.
    checked: Result<Option<Claims>, Refusal>,
}

impl Gateway {
    /// Checks the head of a request, before its body is read. `now` is the wall-clock time.
    ///
    /// ```text
    /// receive ── Authorize ──▶ ask the application ──▶ authorize, refuse or fail; the body is not read
    ///   ├─────── is_refused ─▶ respond with an empty body: the response is the refusal; the body is not read
    ///   └─────── otherwise ──▶ read up to body_limit bytes ──▶ respond, or too_long
    /// ```
    ///
    /// The part of the path before `/b2api/` is ignored, so a host may strip the path under which the gateway is
    /// mounted, or keep it.
    ///
    /// With the feature `http`, the head may be the `Parts` of a request of the `http` crate.
    #[must_use]
    pub fn receive(&self, head: impl Into<RequestHead>, now: Timestamp) -> IncomingRequest {
        let head = head.into();
        let route = Route::of(&head);
        let checked = self.check(route, &head, now);
        IncomingRequest { gateway: self.clone(), route, head, checked }
    }

    /// Checks everything in the head.
    fn check(
        &self,
        route: Route,
        head: &RequestHead,
        now: Timestamp,
    ) -> Result<Option<Claims>, Refusal> {
        let purpose = match route {
            Route::Unknown => return Err(Refusal::not_found()),
            Route::Authorize | Route::Preflight => return Ok(None),
            Route::Call => Purpose::Session,
            Route::Relay => Purpose::Relay,
        };
        if head.method != Method::Post {
            return Err(Refusal::method());
        }
        let claims = Claims::from_headers(&self.config.signer, purpose, &head.headers, now)?;
        let too_long = match route {
            Route::Relay => {
                relay::check_head(&self.config, &claims.grant, &head.headers)?;
                relay::too_long()
            }
            _ => {
                let call = call_of(head.path()).unwrap_or_default();
                calls::check_granted(&claims.grant, call)?;
                calls::too_long(calls::body_limit(call))
            }
        };
        check_coding(&head.headers)?;
        let limit = self.body_limit(route, head, &claims.grant);
        match declared_length(&head.headers)? {
            Some(declared) if declared > limit => Err(too_long),
            _ => Ok(Some(claims)),
        }
    }

    fn body_limit(&self, route: Route, head: &RequestHead, grant: &Grant) -> u64 {
        match route {
            Route::Call => calls::body_limit(call_of(head.path()).unwrap_or_default()),
            Route::Relay => relay::body_limit(&self.config.small_files, grant),
            Route::Authorize | Route::Preflight | Route::Unknown => 0,
        }
    }
}

/// Checks that the body is not encoded and that its length is unambiguous, since a proxy may have used another one.
fn check_coding(headers: &Headers) -> Result<(), Refusal> {
    if headers.get("transfer-encoding").is_some() && headers.get("content-length").is_some() {
        return Err(Refusal::bad_request("the request has a length and a transfer encoding"));
    }
    let mut codings = headers.get_all("content-encoding");
    if codings.any(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Refusal::bad_request("the body is sent as it is, without a content encoding"));
    }
    Ok(())
}

/// Returns the declared length of the body, in bytes.
fn declared_length(headers: &Headers) -> Result<Option<u64>, Refusal> {
    let mut declared = headers.get_all("content-length");
    let wrong = || Refusal::bad_request("the header 'content-length' is not one number");
    match (declared.next(), declared.next()) {
        (None, _) => Ok(None),
        (Some(text), None) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map(Some).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

impl IncomingRequest {
    /// Returns the kind of request.
    #[must_use]
    pub fn route(&self) -> Route {
        self.route
    }

    /// Returns the head of the request.
    #[must_use]
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// Returns the key id and the credential of a request to authorize. They have not been checked.
    #[must_use]
    pub fn credentials(&self) -> Option<(String, Secret)> {
        let header = self.head.headers.get(AUTHORIZATION)?;
        let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let (id, credential) = core::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((id.to_owned(), credential.into()))
    }

    /// Returns the owner of the grant; `None` where no token is needed, and for a request that
    /// [is refused](Self::is_refused). A host can limit what each owner takes up.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.checked.as_ref().ok()?.as_ref().map(|claims| claims.grant.owner.as_str())
    }

    /// Returns whether the request is refused by its head: the token is invalid or has expired, the grant is not for the
    /// call, or the body is too long. [`respond`](Self::respond) with an empty body then, without reading the body.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.checked.is_err()
    }

    /// Returns how many bytes of the body to read at most; 0 for a request that [is refused](Self::is_refused). A longer
    /// body is [`too_long`](Self::too_long).
    #[must_use]
    pub fn body_limit(&self) -> usize {
        let limit = match &self.checked {
            Ok(Some(claims)) => self.gateway.body_limit(self.route, &self.head, &claims.grant),
            Ok(None) | Err(_) => 0,
        };
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Authorizes the visitor, with a token that carries the grant and expires with it.
    ///
    /// Refuses requests that are not [`Route::Authorize`], and grants that do not pass [`Grant::check`], for which a
    /// [`GatewayEvent::Failed`](super::GatewayEvent::Failed) tells the host the reason.
    pub fn authorize(self, now: Timestamp, grant: Grant) -> Responder {
        if let (Route::Authorize, Err(error)) = (self.route, grant.check()) {
            return self.refuse().with_first_event(GatewayEvent::Failed(error));
        }
        let work = match self.route {
            Route::Authorize => {
                let claims = Claims::new(grant, now);
                self.session(claims, now, 0)
                    .map(|session| Work::machine(AuthorizeVisitor::new(session)))
            }
            _ => Err(Refusal::unauthorized("")),
        };
        self.responder(work)
    }

    /// Refuses the visitor, because the application has no grant for it.
    pub fn refuse(self) -> Responder {
        self.responder(Err(Refusal::unauthorized("")))
    }

    /// Responds that the application could not decide, for example because its session store is down (500).
    pub fn fail(self) -> Responder {
        self.responder(Err(Refusal::internal()))
    }

    /// Responds that the body did not arrive in time, or its connection broke (408).
    pub fn too_slow(self) -> Responder {
        self.responder(Err(Refusal::timeout()))
    }

    /// Responds that the host has no memory for the body at the moment (503).
    pub fn busy(self) -> Responder {
        self.responder(Err(Refusal::busy()))
    }

    /// Responds that the body has more than [`body_limit`](Self::body_limit) bytes; for a request that
    /// [is refused](Self::is_refused), with the reason for that.
    pub fn too_long(self) -> Responder {
        let refusal = match (&self.checked, self.route) {
            (Err(refusal), _) => refusal.clone(),
            (Ok(_), Route::Relay) => relay::too_long(),
            (Ok(_), _) => calls::too_long(self.body_limit() as u64),
        };
        self.responder(Err(refusal))
    }

    /// Executes the request if the visitor's token permits it. [`Route::Authorize`] is refused, since only
    /// [`authorize`](Self::authorize) creates tokens.
    ///
    /// `seed` is a random number, from which random names and retry delays are derived.
    pub fn respond(self, now: Timestamp, seed: u64, body: &Bytes) -> Responder {
        let work = match self.route {
            Route::Preflight => {
                let config = &self.gateway.config;
                Ok(Work::Response(cors::preflight(&config.origins, &self.head.headers)))
            }
            _ => self.call(now, seed, body),
        };
        self.responder(work)
    }

    fn call(&self, now: Timestamp, seed: u64, body: &Bytes) -> Result<Work, Refusal> {
        let claims = self.checked.clone()?.ok_or_else(|| Refusal::unauthorized(""))?;
        // The token may have expired while the body was received.
        claims.check_expiration(now)?;
        if body.len() > self.body_limit() {
            return Err(match self.route {
                Route::Relay => relay::too_long(),
                _ => calls::too_long(self.body_limit() as u64),
            });
        }
        let session = self.session(claims, now, seed)?;
        if self.route == Route::Relay {
            Ok(Work::machine(Relay::new(session, &self.head.headers, body)?))
        } else {
            calls::call(session, call_of(self.head.path()).unwrap_or_default(), body)
        }
    }

    fn session(
        &self,
        claims: Claims,
        now: Timestamp,
        seed: u64,
    ) -> Result<GatewaySession, Refusal> {
        let config = self.gateway.config.clone();
        let base_url = match &config.base_url {
            Some(url) => url.clone(),
            None if config.trusts_forwarded => base_of_forwarded(&self.head)?,
            None => base_of(&self.head.url).ok_or_else(Refusal::internal)?,
        };
        Ok(GatewaySession { config, base_url, claims, now, seed })
    }

    fn responder(self, work: Result<Work, Refusal>) -> Responder {
        let cors_headers = cors::response_headers(&self.gateway.config.origins, &self.head.headers);
        Responder::new(work, self.route == Route::Relay, cors_headers)
    }
}

/// Omits the head, which holds credentials.
impl fmt::Debug for IncomingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingRequest").field("route", &self.route).finish_non_exhaustive()
    }
}
