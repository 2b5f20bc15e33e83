//! The traits of operations: how requests are built, and what their outcomes mean.

use core::fmt::Debug;

use crate::account::Authorization;
use crate::error::{Error, Target, TransportError};
use crate::machine::{Reply, Request};
use crate::model::Capability;

/// One operation of the B2 API with its arguments.
///
/// It is object-safe, so that authorization and retry are written once for all operations.
/// [`Endpoint`] adds the type of the response.
pub trait Operation {
    /// Returns B2's name of the operation, such as `b2_create_bucket`.
    fn name(&self) -> &'static str;

    /// Returns whether the operation may be repeated when the outcome of an attempt is unknown.
    fn idempotency(&self) -> Idempotency;

    /// Returns the kind of endpoint, on which the meaning of an error depends.
    fn target(&self) -> Target {
        Target::Api
    }

    /// Returns whether [`request`](Self::request) needs the authorization of an account.
    fn needs_authorization(&self) -> bool {
        true
    }

    /// Returns the capability that the key needs with any arguments, or `None` if the operation needs no key.
    fn capability(&self) -> Option<Capability> {
        None
    }

    /// Checks the arguments and builds the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) and similar kinds for invalid arguments,
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized) if the key may not do this, and
    /// [`ErrorKind::MissingAccountData`](crate::ErrorKind::MissingAccountData) if an authorization is needed and there is
    /// none.
    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error>;

    /// Returns the error for an attempt that got no response.
    fn transport_error(&self, failure: &TransportError) -> Error {
        Error::from_failure(self.target(), failure).with_operation(self.name())
    }
}

/// An [`Operation`] whose response has a type. A [`Call`](crate::call::Call) runs it.
pub trait Endpoint: Operation + Debug {
    /// B2's response.
    type Response: Debug;

    /// Reads the response.
    ///
    /// # Errors
    ///
    /// The error of B2, or [`ErrorKind::InvalidResponse`](crate::ErrorKind::InvalidResponse) for a
    /// response that is not B2's.
    fn response(&self, reply: &Reply) -> Result<Self::Response, Error>;

    /// Returns the response that `error` stands for after an attempt whose outcome is unknown: the error may say
    /// that this attempt succeeded.
    fn already_done(&self, error: &Error) -> Option<Self::Response> {
        let _ = error;
        None
    }
}

/// Whether an operation may be repeated when the outcome of an attempt is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// A repeated call changes nothing, or only leaves data that costs nothing.
    Idempotent,
    /// A repeated call has another effect, such as a second key or version.
    NotIdempotent,
}
