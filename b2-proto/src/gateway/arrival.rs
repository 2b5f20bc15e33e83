//! A request whose head has arrived, and the ways to answer it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::admit::Admit;
use super::calls;
use super::cors;
use super::grant::Claims;
use super::refusal::Refusal;
use super::relay::{self, Relay};
use super::route::{Route, base_of, call_of};
use super::serve::{Serve, Work};
use super::sign::Purpose;
use super::visit::Visit;
use super::{Gateway, Grant};
use crate::http::names::AUTHORIZATION;
use crate::http::{Method, RequestHead};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A request whose head has arrived. Its [`route`](Self::route) says how to answer it.
pub struct Arrival {
    gateway: Gateway,
    route: Route,
    head: RequestHead,
}

impl Gateway {
    /// Looks at the head of a request.
    ///
    /// What comes before `/b2api/` in its path does not matter, so a host may have stripped the path under which the
    /// gateway is mounted, or not.
    ///
    /// With the feature `http`, the head may be the `Parts` of a request of the `http` crate.
    #[must_use]
    pub fn arrive(&self, head: impl Into<RequestHead>) -> Arrival {
        let head = head.into();
        Arrival { gateway: self.clone(), route: Route::of(&head), head }
    }
}

impl Arrival {
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

    /// How many bytes of the body are worth reading. A longer one is [`too_long`](Self::too_long).
    #[must_use]
    pub fn body_limit(&self) -> usize {
        let limit = match self.route {
            Route::Call => calls::MAX_FINISH,
            Route::Relay => relay::body_limit(&self.gateway.config.small_files),
            Route::Authorize | Route::Preflight | Route::Unknown => 0,
        };
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Lets a visitor in to whom the application has said yes: with a token that carries the grant, and ends with it.
    /// Anything but [`Route::Authorize`] is refused.
    pub fn admit(self, now: Timestamp, grant: Grant) -> Serve {
        let work = match self.route {
            Route::Authorize => {
                let claims = Claims::new(grant, now);
                self.visit(claims, now, 0).map(|visit| Work::machine(Admit::new(visit)))
            }
            _ => Err(Refusal::unauthorized("")),
        };
        self.answer(work)
    }

    /// Does not let a visitor in: the application has said no.
    pub fn refuse(self) -> Serve {
        self.answer(Err(Refusal::unauthorized("")))
    }

    /// The application could not decide: its session store is down, say. The visitor is told to come back.
    pub fn fail(self) -> Serve {
        self.answer(Err(Refusal::internal()))
    }

    /// The body has not come in the time that the host gives it, or its connection broke.
    pub fn too_slow(self) -> Serve {
        self.answer(Err(Refusal::timeout()))
    }

    /// The host has no room for the body at the moment. The visitor is told to come back.
    pub fn busy(self) -> Serve {
        self.answer(Err(Refusal::busy()))
    }

    /// The body has more than [`body_limit`](Self::body_limit) bytes.
    pub fn too_long(self) -> Serve {
        let refusal = match self.route {
            Route::Unknown => Refusal::not_found(),
            Route::Relay => relay::too_long(),
            _ => calls::too_long(self.body_limit() as u64),
        };
        self.answer(Err(refusal))
    }

    /// Does what is asked for, as far as the visitor's token says that it may be. [`Route::Authorize`] is refused:
    /// only [`admit`](Self::admit) makes grants.
    ///
    /// `seed` is a random number of the host's: names and waits are made from it.
    pub fn serve(self, now: Timestamp, seed: u64, body: &Bytes) -> Serve {
        let work = match self.route {
            Route::Authorize => Err(Refusal::unauthorized("")),
            Route::Unknown => Err(Refusal::not_found()),
            Route::Preflight => {
                let config = &self.gateway.config;
                Ok(Work::Answered(cors::preflight(&config.origins, &self.head.headers)))
            }
            Route::Call | Route::Relay => self.call(now, seed, body),
        };
        self.answer(work)
    }

    fn call(&self, now: Timestamp, seed: u64, body: &Bytes) -> Result<Work, Refusal> {
        if self.head.method != Method::Post {
            return Err(Refusal::method());
        }
        let relayed = self.route == Route::Relay;
        let purpose = if relayed { Purpose::Relay } else { Purpose::Visit };
        let signer = &self.gateway.config.signer;
        let claims = Claims::of(signer, purpose, &self.head.headers, now)?;
        let visit = self.visit(claims, now, seed)?;
        if relayed {
            Ok(Work::machine(Relay::new(visit, &self.head.headers, body)?))
        } else {
            calls::call(visit, call_of(self.head.path()).unwrap_or_default(), body)
        }
    }

    fn visit(&self, claims: Claims, now: Timestamp, seed: u64) -> Result<Visit, Refusal> {
        let config = self.gateway.config.clone();
        let base_url = config.base_url.clone().or_else(|| base_of(&self.head.url));
        let base_url = base_url.ok_or_else(Refusal::internal)?;
        Ok(Visit { config, base_url, claims, now, seed })
    }

    fn answer(self, work: Result<Work, Refusal>) -> Serve {
        let readable = cors::readable(&self.gateway.config.origins, &self.head.headers);
        Serve::new(work, self.route == Route::Relay, readable)
    }
}

/// The head holds what a visitor shows.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").field("route", &self.route).finish_non_exhaustive()
    }
}
