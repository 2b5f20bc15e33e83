//! Classifies errors of the HTTP library by their type and by the kind of I/O error. One is recognized by its text, since
//! its type is private.

use std::error::Error;
use std::io;

use b2_client::HostError;
use b2_proto::error::{TransportError, TransportErrorKind};

use super::resolve::LookupFailed;

/// The text of the error of hyper-util for a status of 407 to `CONNECT`.
const PROXY_LOGIN: &str = "tunnel error: proxy authorization required";

/// Returns the error of a request to `host`. Its text contains only the host of the URL.
pub(super) fn failed(host: &str, error: reqwest::Error) -> HostError {
    let error = error.without_url();
    let (kind, root) = kind_and_root(&error);
    let failure = TransportError::new(kind, format!("{host}: {root}"));
    HostError { failure, cause: Some(error.into()) }
}

/// Returns the error for a connection that was idle for too long.
pub(super) fn idle(host: &str, limit: std::time::Duration) -> HostError {
    let text = format!(
        "{host}: no data was transferred for {} s",
        (limit.as_secs_f32() * 10.0).round() / 10.0
    );
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
            // The request is invalid and was not sent.
            TransportErrorKind::Source
        } else {
            TransportErrorKind::Broken
        }
    });
    (kind, root.to_string())
}

fn kind_of_io(error: &io::Error, connecting: bool) -> Option<TransportErrorKind> {
    match error.kind() {
        // The error of the TLS library for an untrusted certificate, or for a server without TLS.
        io::ErrorKind::InvalidData if connecting => Some(TransportErrorKind::Tls),
        io::ErrorKind::TimedOut if !connecting => Some(TransportErrorKind::Timeout),
        _ => None,
    }
}

/// Returns an error and its causes, including the error inside of an `io::Error`, which is not one of its sources.
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
