//! The clock and timers.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::globals;
use crate::task::settled;

/// The longest timer of browsers, in milliseconds.
const LONGEST: f64 = 2_147_483_647.0;

/// A wall clock that is adjusted by less milliseconds was not suspended.
const ADJUSTED: f64 = 1_000.0;

/// A clock that never goes back, and that counts while the device is suspended.
#[derive(Debug, Default)]
pub(super) struct Clock {
    suspended: Cell<f64>,
    /// The difference between the wall clock and the steady clock.
    ahead: Cell<Option<f64>>,
}

impl Clock {
    /// Returns the time in milliseconds.
    pub(super) fn now(&self) -> f64 {
        let steady = globals::performance_now();
        // In some systems the steady clock stands still while the device is suspended; the wall clock does not.
        let ahead = js_sys::Date::now() - steady;
        if let Some(before) = self.ahead.replace(Some(ahead))
            && ahead > before + ADJUSTED
        {
            self.suspended.set(self.suspended.get() + ahead - before);
        }
        steady + self.suspended.get()
    }
}

/// A timer, which stops when it is dropped.
pub(super) struct Timer {
    handle: JsValue,
    resolve: Function,
    /// The events that end it early.
    events: &'static [&'static str],
    done: JsFuture,
}

impl Timer {
    /// Starts a timer.
    pub(super) fn new(millis: f64) -> Self {
        let mut started = None;
        let promise = Promise::new(&mut |resolve, _| {
            // Runtimes round down, and the timer would end too early.
            let handle = globals::set_timeout(&resolve, (millis + 1.0).min(LONGEST));
            globals::unref(&handle);
            started = Some((handle, resolve));
        });
        // The constructor of a promise calls the function at once.
        let (handle, resolve) = started.unwrap_throw();
        Self { handle, resolve, events: &[], done: settled(&promise) }
    }

    /// Starts a timer that events of the page end early: after a suspension, or a while in the background, timers are
    /// late and these events are not.
    pub(super) fn until_event(duration: Duration) -> Self {
        let mut timer = Self::new(millis_of(duration));
        if globals::on_line().is_some() {
            // `visibilitychange` of the document bubbles to the window.
            timer.events = &["online", "pageshow", "visibilitychange"];
            for name in timer.events {
                globals::add_event_listener(name, &timer.resolve);
            }
        }
        timer
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.done).poll(context).map(drop)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        globals::clear_timeout(&self.handle);
        for name in self.events {
            globals::remove_event_listener(name, &self.resolve);
        }
        // A promise that never settles would keep its callbacks in memory.
        let _ = self.resolve.call0(&JsValue::UNDEFINED);
    }
}

fn millis_of(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// When bytes were last transferred.
#[derive(Debug)]
pub(super) struct Activity {
    last: Cell<f64>,
    sent: Cell<u64>,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { last: Cell::new(globals::performance_now()), sent: Cell::new(0) }
    }

    /// Notes that bytes were received.
    pub(super) fn touch(&self) {
        self.last.set(globals::performance_now());
    }

    /// Notes how many bytes were sent so far.
    pub(super) fn sent(&self, bytes: u64) {
        self.touch();
        self.sent.set(bytes);
    }

    pub(super) fn bytes_sent(&self) -> u64 {
        self.sent.get()
    }

    /// Awaits the future; returns `None` when there is no activity for `idle`.
    pub(super) async fn or_idle<F: Future + Unpin>(
        &self,
        idle: Duration,
        mut future: F,
    ) -> Option<F::Output> {
        loop {
            let left = self.last.get() + millis_of(idle) - globals::performance_now();
            if left <= 0.0 {
                return None;
            }
            match select(future, Timer::new(left)).await {
                Either::Left((output, _)) => return Some(output),
                Either::Right(((), pending)) => future = pending,
            }
        }
    }
}
