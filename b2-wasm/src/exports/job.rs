//! One thing under way, which JavaScript can await and abort.

use std::future::Future;

use b2_client::Error;
use futures::future::{AbortHandle, Abortable, LocalBoxFuture};
use js_sys::Promise;
use js_sys::futures::future_to_promise;
use wasm_bindgen::prelude::*;

use super::error::report_all;

/// An operation under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Job {
    promise: Promise,
    abort: AbortHandle,
}

#[wasm_bindgen]
impl Job {
    /// How it ends: its value, or the data of an error. After [`abort`](Job::abort) it fails with `undefined`.
    #[wasm_bindgen(getter)]
    pub fn promise(&self) -> Promise {
        self.promise.clone()
    }

    /// Stops it, and every request it has under way.
    pub fn abort(&self) {
        self.abort.abort();
    }
}

impl Job {
    /// Begins it.
    pub(super) fn start<T: Into<JsValue>>(
        future: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Self {
        Self::run(Box::pin(async move { future.await.map(Into::into) }))
    }

    /// The rest is there once, whatever the future is.
    fn run(future: LocalBoxFuture<'static, Result<JsValue, Error>>) -> Self {
        let (abort, registration) = AbortHandle::new_pair();
        let abortable = Abortable::new(future, registration);
        let promise = future_to_promise(async {
            match abortable.await {
                Ok(outcome) => outcome.map_err(|error| report_all(&error)),
                Err(_) => Err(JsValue::UNDEFINED),
            }
        });
        Self { promise, abort }
    }
}
