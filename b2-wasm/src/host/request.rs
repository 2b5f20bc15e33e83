//! What is common to requests, however they are sent.

use alloc::string::String;
use core::time::Duration;

use b2_client::HostError;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::http::Headers;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortController, Blob, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
};

/// A request, as `fetch` and `XMLHttpRequest` take it.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Headers,
    pub(super) body: Body,
    pub(super) idle: Duration,
}

/// The body of a request.
pub(super) enum Body {
    Empty,
    Bytes(Uint8Array),
    Blob(Blob),
}

impl Request {
    /// Returns the host, with its port: error messages show nothing else of the URL.
    pub(super) fn host(&self) -> &str {
        self.url.split('/').nth(2).unwrap_or_default()
    }

    /// An error of this kind, about the host.
    pub(super) fn error(&self, kind: TransportErrorKind, message: &str) -> HostError {
        let host = self.host();
        let message = if message.is_empty() { host.into() } else { format!("{host}: {message}") };
        TransportError::new(kind, message).into()
    }
}

/// Aborts a request when it is dropped, unless the request is over.
pub(super) struct Abort {
    controller: AbortController,
    is_over: bool,
}

impl Abort {
    /// Returns the guard of the request that `init` is for.
    pub(super) fn of(init: &RequestInit) -> Self {
        // The constructor takes nothing that could be wrong.
        let controller = AbortController::new().unwrap_throw();
        init.set_signal(Some(&controller.signal()));
        Self { controller, is_over: false }
    }

    /// Notes that the response was read to its end. To abort then does nothing, and takes a browser 0.1 ms.
    pub(super) fn over(&mut self) {
        self.is_over = true;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if !self.is_over {
            self.controller.abort();
        }
    }
}

/// Sends no cookies and no referrer, and uses no cache.
pub(super) fn private(init: &RequestInit) {
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
}
