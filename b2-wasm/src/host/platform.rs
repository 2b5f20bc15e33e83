//! Clock, timers and randomness.

use core::time::Duration;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/platform/clock.js")]
extern "C" {
    /// Milliseconds on a clock that never goes back.
    pub(super) fn now() -> f64;

    /// A random number.
    pub(super) fn seed() -> u64;

    /// A promise that is kept when the device is online; `undefined` if it is.
    #[wasm_bindgen(js_name = whenOnline)]
    fn when_online() -> Option<js_sys::Promise>;

    /// A timer under way.
    type Timer;

    #[wasm_bindgen(js_name = startTimer)]
    fn start_timer(millis: f64) -> Timer;

    #[wasm_bindgen(method, getter)]
    fn over(this: &Timer) -> js_sys::Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &Timer);
}

/// A timer that stops when nobody waits for it any more.
struct Running(Timer);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

pub(super) async fn online() {
    if let Some(promise) = when_online() {
        let _ = promise.await;
    }
}

pub(super) async fn sleep(duration: Duration) {
    // A timer that ends early is no harm: the machine is asked, and waits again.
    let timer = Running(start_timer(duration.as_secs_f64() * 1_000.0));
    let _ = timer.0.over().await;
}
