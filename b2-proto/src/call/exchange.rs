//! What a call sends, and how it reads the answer.

use core::fmt::Debug;

use crate::account::Authorization;
use crate::api::{self, AuthorizeAccount, Endpoint, Repeat};
use crate::error::{Error, ErrorKind, Target, TransportError};
use crate::machine::{Reply, Request};
use crate::model::Capability;

/// A request with its answer: every [`Endpoint`], and those that are none.
pub trait Exchange: Debug {
    /// What the answer says.
    type Output: Debug;

    /// Whether it takes the account's token.
    fn needs_authorization(&self) -> bool {
        true
    }

    /// The request.
    ///
    /// # Errors
    ///
    /// What is wrong with it, before it is sent.
    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error>;

    /// What the answer says.
    ///
    /// # Errors
    ///
    /// The error it is.
    fn response(&self, reply: &Reply) -> Result<Self::Output, Error>;

    /// What it means that there is no answer.
    fn failed(&self, failure: &TransportError) -> Error;

    /// The capability it needs, at least.
    fn capability(&self) -> Option<Capability> {
        None
    }

    /// Whether it may be repeated when nobody knows if the server has done it.
    fn repeat(&self) -> Repeat {
        Repeat::Safe
    }

    /// After an attempt whose answer was lost, an error may say that it was done.
    fn already_done(&self, _error: &Error) -> Option<Self::Output> {
        None
    }
}

impl<E: Endpoint> Exchange for E {
    type Output = E::Response;

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        api::request(self, authorization.ok_or_else(missing_authorization)?)
    }

    fn response(&self, reply: &Reply) -> Result<E::Response, Error> {
        api::response(self, reply)
    }

    fn failed(&self, failure: &TransportError) -> Error {
        Error::from_failure(Target::Api, failure).with_operation(E::NAME)
    }

    fn capability(&self) -> Option<Capability> {
        Some(E::CAPABILITY)
    }

    fn repeat(&self) -> Repeat {
        E::REPEAT
    }

    fn already_done(&self, error: &Error) -> Option<E::Response> {
        Endpoint::already_done(self, error)
    }
}

/// `b2_authorize_account`: trades an application key for a token.
#[derive(Clone, Debug)]
pub struct Authorize(pub AuthorizeAccount);

impl Exchange for Authorize {
    type Output = Authorization;

    fn needs_authorization(&self) -> bool {
        false
    }

    fn request(&self, _authorization: Option<&Authorization>) -> Result<Request, Error> {
        self.0.request()
    }

    fn response(&self, reply: &Reply) -> Result<Authorization, Error> {
        self.0.response(reply)
    }

    fn failed(&self, failure: &TransportError) -> Error {
        Error::from_failure(Target::Authorize, failure).with_operation("b2_authorize_account")
    }
}

fn missing_authorization() -> Error {
    Error::new(ErrorKind::MissingAccountData, "no account is authorized; authorize one first")
}
