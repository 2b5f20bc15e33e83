//! What tasks, drivers and callers share: locks, atomics and wakers.
//!
//! [`Lock`] is a mutex where there are threads, and a cell in wasm, which has one. With `--cfg b2_loom` the tests use the
//! primitives of loom, which runs them in every order: see `wakers`.

#[cfg(not(all(test, b2_loom)))]
mod primitives {
    pub(crate) use core::sync::atomic::{AtomicBool, AtomicU64};
    pub(crate) use futures::task::AtomicWaker;

    #[cfg(not(target_family = "wasm"))]
    pub(super) use std::sync::{Mutex, MutexGuard};
}

#[cfg(all(test, b2_loom))]
mod primitives {
    use core::task::Waker;

    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64};
    pub(super) use loom::sync::{Mutex, MutexGuard};

    /// A waker with the signatures of the one in `futures`.
    #[derive(Default)]
    pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

    impl AtomicWaker {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn register(&self, waker: &Waker) {
            self.0.register_by_ref(waker);
        }

        pub(crate) fn wake(&self) {
            self.0.wake();
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod lock {
    use std::sync::PoisonError;

    use super::primitives::{Mutex, MutexGuard};

    /// A value that is never held while anything is awaited.
    pub(crate) struct Lock<T>(Mutex<T>);

    /// Access to it.
    pub(crate) type Guard<'a, T> = MutexGuard<'a, T>;

    impl<T> Lock<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(target_family = "wasm")]
mod lock {
    use core::cell::{RefCell, RefMut};

    /// A value that is never held while anything is awaited.
    pub(crate) struct Lock<T>(RefCell<T>);

    /// Access to it.
    pub(crate) type Guard<'a, T> = RefMut<'a, T>;

    impl<T> Lock<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(RefCell::new(value))
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            self.0.borrow_mut()
        }
    }
}

pub(crate) use lock::{Guard, Lock};
pub(crate) use primitives::{AtomicBool, AtomicU64, AtomicWaker};

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
