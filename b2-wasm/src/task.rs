//! Tasks, and promises and callbacks that end with the instance of the module.
//!
//! [`js/platform/task.js`](../js/platform/task.js) polls the tasks, and explains why `spawn_local` does not.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use core::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/js/platform/task.js")]
extern "C" {
    #[wasm_bindgen(js_name = start)]
    fn start_instance(instance: &JsValue);

    #[cfg(feature = "standalone")]
    pub(crate) fn panicked();

    #[wasm_bindgen(js_name = spawn)]
    fn spawn_task(id: u32, poll: JsValue) -> Promise;

    fn wake(id: u32);

    fn resolve(id: u32, value: &JsValue);

    fn reject(id: u32, reason: &JsValue);

    #[wasm_bindgen(js_name = guardCallback)]
    fn guard_callback(callback: &JsValue) -> Function;

    #[wasm_bindgen(js_name = guardPromise)]
    fn guard_promise(promise: &Promise) -> Promise;
}

/// Begins a new instance of the module. `instance` is what `js/engine.js` knows about it.
#[wasm_bindgen]
pub fn start(instance: &JsValue) {
    start_instance(instance);
}

/// A task that JavaScript polls.
pub(crate) struct Task {
    id: u32,
    /// Whether it will be polled, so that it need not be woken again.
    woken: AtomicBool,
    aborted: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Relaxed) {
            wake(self.id);
        }
    }
}

/// How JavaScript polls. [`JsFuture`] has closures of this type as well, so a page loads its code once.
pub(crate) type Polling = dyn FnMut(JsValue) -> Result<(), JsError>;

impl Task {
    /// Starts a task. Returns the promise of its result.
    pub(crate) fn spawn(
        future: impl Future<Output = Result<JsValue, JsValue>> + 'static,
    ) -> (Promise, Arc<Self>) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let id = NEXT.fetch_add(1, Relaxed);
        let (woken, aborted) = (AtomicBool::new(true), AtomicBool::new(false));
        let task = Arc::new(Self { id, woken, aborted });
        let (polled, waker) = (task.clone(), Waker::from(task.clone()));
        let mut running = Some(Box::pin(future));
        let poll = Closure::<Polling>::new(move |_| {
            polled.woken.store(false, Relaxed);
            let Some(future) = &mut running else {
                return Ok(());
            };
            let result = if polled.aborted.load(Relaxed) {
                Err(JsValue::UNDEFINED)
            } else {
                match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(result) => result,
                    Poll::Pending => return Ok(()),
                }
            };
            // The requests of the task are aborted before its promise settles.
            running = None;
            match result {
                Ok(value) => resolve(id, &value),
                Err(reason) => reject(id, &reason),
            }
            Ok(())
        });
        (spawn_task(id, poll.into_js_value()), task)
    }

    /// Stops the task. Its promise rejects with `undefined`.
    pub(crate) fn abort(self: &Arc<Self>) {
        self.aborted.store(true, Relaxed);
        self.wake_by_ref();
    }
}

/// Awaits a promise.
pub(crate) fn settled(promise: &Promise) -> JsFuture {
    guard_promise(promise).into()
}

/// Returns a function that calls the closure. The closure must outlive its calls.
pub(crate) fn callback<T: ?Sized>(closure: &Closure<T>) -> Function {
    guard_callback(closure.as_ref())
}
