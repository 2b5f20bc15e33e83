//! `Send` natively, nothing in wasm: futures that wait for JavaScript cannot move between threads.

#[cfg(not(target_family = "wasm"))]
mod bounds {
    use alloc::boxed::Box;

    /// `Send`, where there are threads.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}

    /// `Sync`, where there are threads.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    /// A boxed future.
    pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;

    /// A boxed stream.
    pub type BoxStream<'a, T> = futures::stream::BoxStream<'a, T>;

    /// What made an operation of the host fail.
    pub type Cause = Box<dyn core::error::Error + Send + Sync>;
}

#[cfg(target_family = "wasm")]
mod bounds {
    use alloc::boxed::Box;

    /// `Send`, where there are threads.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}

    /// `Sync`, where there are threads.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    /// A boxed future.
    pub type BoxFuture<'a, T> = futures::future::LocalBoxFuture<'a, T>;

    /// A boxed stream.
    pub type BoxStream<'a, T> = futures::stream::LocalBoxStream<'a, T>;

    /// What made an operation of the host fail.
    pub type Cause = Box<dyn core::error::Error>;
}

pub use bounds::{BoxFuture, BoxStream, Cause, MaybeSend, MaybeSync};
