//! Errors of the transport.

use alloc::string::String;
use core::time::Duration;

/// An error of the transport: the reason why a request has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// The kind of error.
    pub kind: TransportErrorKind,
    /// A message for users, without URLs and tokens.
    pub message: String,
}

impl TransportError {
    /// Creates an error of this kind.
    #[must_use]
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Creates the error of a request that was abandoned after this time.
    #[must_use]
    pub(crate) fn no_answer(waited: Duration) -> Self {
        let message =
            format!("no answer came for {}.{} s", waited.as_secs(), waited.subsec_millis() / 100);
        Self::new(TransportErrorKind::Timeout, message.replace(".0 s", " s"))
    }
}

/// The kinds of transport errors. Exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// The host name could not be resolved.
    UnknownHost,
    /// No connection could be made: refused, unreachable, a proxy that does not answer.
    Connect,
    /// A proxy demands a user name and a password, or refuses those that it was given.
    ProxyLogin,
    /// No trusted connection could be made.
    Tls,
    /// No bytes could be sent or received for too long.
    Timeout,
    /// The connection broke, or the server does not speak HTTP.
    Broken,
    /// A browser withheld the response. Reported only if the host responds to other requests and has never responded to
    /// this page; otherwise the error is [`Broken`](Self::Broken).
    Cors,
    /// The page's Content-Security-Policy does not allow requests to the host.
    Policy,
    /// The device is offline.
    Offline,
    /// The device was suspended during the request.
    Asleep,
    /// The answer is longer than the request allows.
    TooLong,
    /// The request would go to a host that the account does not trust; nothing was sent.
    UntrustedHost,
    /// The local source could not be read.
    Source,
    /// The local source has changed since it was opened, or is shorter than it was.
    SourceChanged,
    /// The local destination could not be written.
    Sink,
    /// The local destination has no space left.
    SinkFull,
}
