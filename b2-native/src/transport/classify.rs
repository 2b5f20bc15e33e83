//! From the errors of the HTTP library to kinds of failure: by type and by the system's error kind. One is told by
//! its text, since its type is private to the library.

use std::error::Error;
use std::io;

use b2_client::HostError;
use b2_proto::error::{TransportError, TransportErrorKind};

use super::resolve::LookupFailed;

/// What hyper-util says when a proxy answers 407 to `CONNECT`.
const PROXY_LOGIN: &str = "tunnel error: proxy authorization required";

/// What failed between us and `host`. The text holds the host's name, and nothing else of the URL.
pub(super) fn failed(host: &str, error: reqwest::Error) -> HostError {
    let error = error.without_url();
    let (kind, root) = kind_and_root(&error);
    let failure = TransportError::new(kind, format!("{host}: {root}"));
    HostError { failure, cause: Some(error.into()) }
}

/// Nothing has moved for too long.
pub(super) fn idle(host: &str, limit: std::time::Duration) -> HostError {
    let text =
        format!("{host}: nothing moved for {} s", (limit.as_secs_f32() * 10.0).round() / 10.0);
    TransportError::new(TransportErrorKind::Timeout, text).into()
}

fn kind_and_root(error: &reqwest::Error) -> (TransportErrorKind, String) {
    let connecting = error.is_connect();
    let mut kind = None;
    let mut root: &(dyn Error + 'static) = error;
    for cause in chain(error) {
        root = cause;
        let found = if cause.is::<LookupFailed>() {
            Some(TransportErrorKind::UnknownHost)
        } else if connecting && cause.to_string() == PROXY_LOGIN {
            Some(TransportErrorKind::ProxyLogin)
        } else {
            cause.downcast_ref::<io::Error>().and_then(|error| kind_of_io(error, connecting))
        };
        kind = kind.or(found);
    }
    let kind = kind.unwrap_or_else(|| {
        if connecting {
            TransportErrorKind::Connect
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else if error.is_builder() {
            // Not sent, and it never will be.
            TransportErrorKind::Source
        } else {
            TransportErrorKind::Broken
        }
    });
    (kind, root.to_string())
}

fn kind_of_io(error: &io::Error, connecting: bool) -> Option<TransportErrorKind> {
    match error.kind() {
        // What the TLS library calls a certificate it does not trust, or no TLS at all.
        io::ErrorKind::InvalidData if connecting => Some(TransportErrorKind::Tls),
        io::ErrorKind::TimedOut if !connecting => Some(TransportErrorKind::Timeout),
        _ => None,
    }
}

/// An error and what caused it. An `io::Error` hides the error it wraps from its own chain; not from this.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let hidden = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match hidden {
            Some(hidden) => Some(hidden as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
