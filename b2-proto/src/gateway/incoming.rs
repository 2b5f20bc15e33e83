//! A request whose head has arrived, and the ways to answer it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::authorize::AuthorizeVisitor;
use super::calls;
use super::cors;
use super::grant::Claims;
use super::refusal::Refusal;
use super::relay::{self, Relay};
use super::responder::{Responder, Work};
use super::route::{Route, base_of, call_of};
use super::session::GatewaySession;
use super::signer::Purpose;
use super::{Gateway, Grant};
use crate::http::names::AUTHORIZATION;
use crate::http::{Headers, Method, RequestHead};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A request whose head has arrived. Its [`route`](Self::route) says how to answer it.
///
/// What the head alone can tell has been checked: path, method, token, its end, what the grant is for, and the declared
/// length. While a request [is refused](Self::is_refused), no byte of its body is worth reading.
pub struct IncomingRequest {
    gateway: Gateway,
    route: Route,
    head: RequestHead,
    /// Who asks; nobody yet, where the route needs no token.
    checked: Result<Option<Claims>, Refusal>,
}

impl Gateway {
    /// Looks at the head of a request that arrives now, before its body is read.
    ///
    /// ```text
    /// arrive ── Authorize ──▶ ask the application ──▶ admit, refuse or fail; the body is never read
    ///   ├────── is_refused ─▶ serve an empty body: the answer is the refusal; the body is never read
    ///   └────── else ───────▶ read up to body_limit bytes ──▶ serve, or too_long
    /// ```
    ///
    /// What comes before `/b2api/` in its path does not matter, so a host may have stripped the path under which the
    /// gateway is mounted, or not.
    ///
    /// With the feature `http`, the head may be the `Parts` of a request of the `http` crate.
    #[must_use]
    pub fn receive(&self, head: impl Into<RequestHead>, now: Timestamp) -> IncomingRequest {
        let head = head.into();
        let route = Route::of(&head);
        let checked = self.check(route, &head, now);
        IncomingRequest { gateway: self.clone(), route, head, checked }
    }

    /// Checks all that a head can tell.
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
        let claims = Claims::of(&self.config.signer, purpose, &head.headers, now)?;
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

/// Checks that a body is what it says, and ends in one place: a proxy may have seen another end.
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

/// Returns how long the body is said to be.
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
    /// What the request is about.
    #[must_use]
    pub fn route(&self) -> Route {
        self.route
    }

    /// The head of the request.
    #[must_use]
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// What a visitor shows who asks to be let in: the key id that its client was given, and the credential. It has
    /// been neither checked nor believed.
    #[must_use]
    pub fn credentials(&self) -> Option<(String, Secret)> {
        let shown = self.head.headers.get(AUTHORIZATION)?;
        let shown = STANDARD.decode(shown.strip_prefix("Basic ")?).ok()?;
        let (id, credential) = core::str::from_utf8(&shown).ok()?.split_once(':')?;
        Some((id.to_owned(), credential.into()))
    }

    /// Who asks, as the grant says; nobody where no token is needed, or a request [is refused](Self::is_refused). A host
    /// can share out among owners what it has.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.checked.as_ref().ok()?.as_ref().map(|claims| claims.grant.owner.as_str())
    }

    /// Whether the head alone is refused: a token that is none or is over, a call that the grant is not for, a length
    /// that is too much. Then the body is not to be read; [`respond`](Self::respond) an empty one to answer.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.checked.is_err()
    }

    /// How many bytes of the body are worth reading: none of a request that [is refused](Self::is_refused). A longer one
    /// is [`too_long`](Self::too_long).
    #[must_use]
    pub fn body_limit(&self) -> usize {
        let limit = match &self.checked {
            Ok(Some(claims)) => self.gateway.body_limit(self.route, &self.head, &claims.grant),
            Ok(None) | Err(_) => 0,
        };
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Lets a visitor in to whom the application has said yes: with a token that carries the grant, and ends with it.
    /// Anything but [`Route::Authorize`] is refused, and so is a grant that does not pass [`Grant::check`]: then the
    /// host is told why.
    pub fn authorize(self, now: Timestamp, grant: Grant) -> Responder {
        if let (Route::Authorize, Err(error)) = (self.route, grant.check()) {
            return self.refuse().tell(error);
        }
        let work = match self.route {
            Route::Authorize => {
                let claims = Claims::new(grant, now);
                self.session(claims, now, 0)
                    .map(|session| Work::machine(AuthorizeVisitor::new(session)))
            }
            _ => Err(Refusal::unauthorized("")),
        };
        self.answer(work)
    }

    /// Does not let a visitor in: the application has said no.
    pub fn refuse(self) -> Responder {
        self.answer(Err(Refusal::unauthorized("")))
    }

    /// The application could not decide: its session store is down, say. The visitor is told to come back.
    pub fn fail(self) -> Responder {
        self.answer(Err(Refusal::internal()))
    }

    /// The body has not come in the time that the host gives it, or its connection broke.
    pub fn too_slow(self) -> Responder {
        self.answer(Err(Refusal::timeout()))
    }

    /// The host has no room for the body at the moment. The visitor is told to come back.
    pub fn busy(self) -> Responder {
        self.answer(Err(Refusal::busy()))
    }

    /// The body has more than [`body_limit`](Self::body_limit) bytes. A request that [is refused](Self::is_refused) is
    /// told the reason for that.
    pub fn too_long(self) -> Responder {
        let refusal = match (&self.checked, self.route) {
            (Err(refusal), _) => refusal.clone(),
            (Ok(_), Route::Relay) => relay::too_long(),
            (Ok(_), _) => calls::too_long(self.body_limit() as u64),
        };
        self.answer(Err(refusal))
    }

    /// Does what is asked for, as far as the visitor's token says that it may be. [`Route::Authorize`] is refused:
    /// only [`authorize`](Self::authorize) makes grants.
    ///
    /// `seed` is a random number of the host's: names and waits are made from it.
    pub fn respond(self, now: Timestamp, seed: u64, body: &Bytes) -> Responder {
        let work = match self.route {
            Route::Preflight => {
                let config = &self.gateway.config;
                Ok(Work::Answered(cors::preflight(&config.origins, &self.head.headers)))
            }
            _ => self.call(now, seed, body),
        };
        self.answer(work)
    }

    fn call(&self, now: Timestamp, seed: u64, body: &Bytes) -> Result<Work, Refusal> {
        let claims = self.checked.clone()?.ok_or_else(|| Refusal::unauthorized(""))?;
        // The body may have taken its time.
        claims.check_end(now)?;
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
        let base_url = config.base_url.clone().or_else(|| base_of(&self.head.url));
        let base_url = base_url.ok_or_else(Refusal::internal)?;
        Ok(GatewaySession { config, base_url, claims, now, seed })
    }

    fn answer(self, work: Result<Work, Refusal>) -> Responder {
        let readable = cors::readable(&self.gateway.config.origins, &self.head.headers);
        Responder::new(work, self.route == Route::Relay, readable)
    }
}

/// The head holds what a visitor shows.
impl fmt::Debug for IncomingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingRequest").field("route", &self.route).finish_non_exhaustive()
    }
}
