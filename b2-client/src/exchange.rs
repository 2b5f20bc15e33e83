//! A call for a driver that does not know its type: all calls are one machine's.

use alloc::boxed::Box;
use core::fmt;

use b2_proto::account::Authorization;
use b2_proto::api::Repeat;
use b2_proto::call::Exchange;
use b2_proto::error::{Error, Failure};
use b2_proto::machine::{Reply, Request};
use b2_proto::model::Capability;

use crate::driven::Output;
use crate::maybe_send::MaybeSend;

/// An exchange of any type. Its answer is left to whoever knows the type.
pub(crate) struct AnyExchange(Box<dyn Answered>);

impl AnyExchange {
    /// The exchange, and where will be what `read` makes of its answer.
    pub(crate) fn new<X, T>(
        exchange: X,
        read: impl Fn(X::Output) -> T + MaybeSend + 'static,
    ) -> (Self, Output<T>)
    where
        X: Exchange + MaybeSend + 'static,
        T: MaybeSend + 'static,
    {
        let answer = Output::default();
        (Self(Box::new(Kept { exchange, read, answer: answer.clone() })), answer)
    }
}

impl Exchange for AnyExchange {
    type Output = ();

    fn needs_authorization(&self) -> bool {
        self.0.needs_authorization()
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        self.0.request(authorization)
    }

    fn response(&self, reply: &Reply) -> Result<(), Error> {
        self.0.response(reply)
    }

    fn failed(&self, failure: &Failure) -> Error {
        self.0.failed(failure)
    }

    fn capability(&self) -> Option<Capability> {
        self.0.capability()
    }

    fn repeat(&self) -> Repeat {
        self.0.repeat()
    }

    fn already_done(&self, error: &Error) -> Option<()> {
        self.0.already_done(error)
    }
}

// Not what the exchange prints: nobody asks for that, and every page would load how all of them are printed.
impl fmt::Debug for AnyExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyExchange")
    }
}

/// [`Exchange`] without the type of its answer.
trait Answered: MaybeSend {
    fn needs_authorization(&self) -> bool;
    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error>;
    fn response(&self, reply: &Reply) -> Result<(), Error>;
    fn failed(&self, failure: &Failure) -> Error;
    fn capability(&self) -> Option<Capability>;
    fn repeat(&self) -> Repeat;
    fn already_done(&self, error: &Error) -> Option<()>;
}

struct Kept<X, F, T> {
    exchange: X,
    read: F,
    answer: Output<T>,
}

impl<X, F, T> Answered for Kept<X, F, T>
where
    X: Exchange + MaybeSend,
    F: Fn(X::Output) -> T + MaybeSend,
    T: MaybeSend,
{
    fn needs_authorization(&self) -> bool {
        self.exchange.needs_authorization()
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        self.exchange.request(authorization)
    }

    fn response(&self, reply: &Reply) -> Result<(), Error> {
        *self.answer.lock() = Some((self.read)(self.exchange.response(reply)?));
        Ok(())
    }

    fn failed(&self, failure: &Failure) -> Error {
        self.exchange.failed(failure)
    }

    fn capability(&self) -> Option<Capability> {
        self.exchange.capability()
    }

    fn repeat(&self) -> Repeat {
        self.exchange.repeat()
    }

    fn already_done(&self, error: &Error) -> Option<()> {
        *self.answer.lock() = Some((self.read)(self.exchange.already_done(error)?));
        Some(())
    }
}
