//! One thing under way, which JavaScript can await and abort.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::fmt;
use core::future::Future;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use core::task::{Context, Poll, Waker};

use b2_client::{BoxFuture, Error};
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::report_with_cause;

#[wasm_bindgen(module = "/js/platform/task.js")]
extern "C" {
    /// Begins a task: a promise of its end.
    #[wasm_bindgen(js_name = begin)]
    fn begin_task(id: u32, poll: JsValue) -> Promise;

    /// Polls a task soon.
    fn rouse(id: u32);

    /// A task has ended: its promise is kept, or broken.
    fn settle(id: u32, kept: bool, value: &JsValue);
}

/// An operation under way.
#[wasm_bindgen]
pub struct Job {
    promise: Promise,
    task: Arc<Task>,
}

/// What JavaScript polls, by its number.
struct Task {
    id: u32,
    /// It will be polled, and need not be woken again.
    woken: AtomicBool,
    /// It is over before its end.
    aborted: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Relaxed) {
            rouse(self.id);
        }
    }
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
        self.task.aborted.store(true, Relaxed);
        self.task.wake_by_ref();
    }
}

impl Job {
    /// Begins it.
    pub(super) fn start(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Self {
        Self::run(Box::pin(future))
    }

    /// The rest is there once, whatever the future is.
    fn run(future: BoxFuture<'static, Result<JsValue, Error>>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let id = NEXT.fetch_add(1, Relaxed);
        let (woken, aborted) = (AtomicBool::new(true), AtomicBool::new(false));
        let task = Arc::new(Task { id, woken, aborted });
        let (polled, waker) = (task.clone(), Waker::from(task.clone()));
        let mut running = Some(future);
        let poll = Closure::<Polling>::new(move |_| {
            polled.woken.store(false, Relaxed);
            let Some(future) = &mut running else {
                return Ok(());
            };
            let ended = if polled.aborted.load(Relaxed) {
                Err(JsValue::UNDEFINED)
            } else {
                match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(ended) => ended.map_err(|error| report_with_cause(&error)),
                    Poll::Pending => return Ok(()),
                }
            };
            // Whatever it has under way stops before anybody hears of the end.
            running = None;
            match ended {
                Ok(value) => settle(id, true, &value),
                Err(data) => settle(id, false, &data),
            }
            Ok(())
        });
        Self { promise: begin_task(id, poll.into_js_value()), task }
    }
}

/// How JavaScript polls. The closures that wait for promises are of this type as well, and a page loads it once.
type Polling = dyn FnMut(JsValue) -> Result<(), JsError>;

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}
