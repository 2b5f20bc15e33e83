//! A value that several handles share: a mutex where there are threads, a cell in wasm, which has one.

#[cfg(not(target_family = "wasm"))]
mod shared {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// A value that is never held while anything is awaited.
    #[derive(Default)]
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
mod shared {
    use core::cell::{RefCell, RefMut};

    /// A value that is never held while anything is awaited.
    #[derive(Default)]
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

pub(crate) use shared::{Guard, Lock};
