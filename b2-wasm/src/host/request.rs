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

/// Aborts a request when it is dropped.
pub(super) struct Abort(pub(super) AbortController);

impl Abort {
    pub(super) fn new() -> Self {
        // The constructor takes nothing that could be wrong.
        Self(AbortController::new().unwrap_throw())
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends no cookies and no referrer, and uses no cache.
pub(super) fn private(init: &RequestInit) {
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
}
