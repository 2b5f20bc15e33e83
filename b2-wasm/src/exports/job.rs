//! Operations that JavaScript can await and abort.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;

use b2_client::{BoxFuture, Error};
use futures::TryFutureExt;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::report_with_cause;
use crate::task::Task;

/// A running operation.
#[wasm_bindgen]
pub struct Job {
    promise: Promise,
    task: Arc<Task>,
}

#[wasm_bindgen]
impl Job {
    /// Resolves to the result, or rejects with the data of an error; after [`abort`](Job::abort), with `undefined`.
    #[wasm_bindgen(getter)]
    pub fn promise(&self) -> Promise {
        self.promise.clone()
    }

    /// Stops the operation and its requests.
    pub fn abort(&self) {
        self.task.abort();
    }
}

impl Job {
    /// Starts an operation.
    pub(super) fn start(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Self {
        Self::run(Box::pin(future))
    }

    /// Not generic, so that a page loads it once.
    fn run(future: BoxFuture<'static, Result<JsValue, Error>>) -> Self {
        let (promise, task) = Task::spawn(future.map_err(|error| report_with_cause(&error)));
        Self { promise, task }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

/// Returns the value of a job that resolves to `undefined`.
#[cfg(feature = "upload")]
pub(super) fn nothing<T>(_: T) -> JsValue {
    JsValue::UNDEFINED
}
