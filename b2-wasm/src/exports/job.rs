//! One thing under way, which JavaScript can await and abort.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};

use b2_client::{BoxFuture, Error};
use js_sys::Promise;
use js_sys::futures::future_to_promise;
use wasm_bindgen::prelude::*;

use super::error::report_all;

/// An operation under way.
#[wasm_bindgen]
pub struct Job {
    promise: Promise,
    abort: Rc<Abort>,
}

/// Whether it is over before its end, and who has to know.
#[derive(Default)]
struct Abort {
    aborted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
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
        self.abort.aborted.set(true);
        if let Some(waker) = self.abort.waker.take() {
            waker.wake();
        }
    }
}

impl Job {
    /// Begins it.
    pub(super) fn start(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Self {
        Self::run(Box::pin(future))
    }

    /// The rest is there once, whatever the future is.
    fn run(mut future: BoxFuture<'static, Result<JsValue, Error>>) -> Self {
        let abort = Rc::new(Abort::default());
        let asked = abort.clone();
        let promise = future_to_promise(poll_fn(move |context| {
            if asked.aborted.get() {
                return Poll::Ready(Err(JsValue::UNDEFINED));
            }
            asked.waker.replace(Some(context.waker().clone()));
            future.as_mut().poll(context).map_err(|error| report_all(&error))
        }));
        Self { promise, abort }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}
