//! An upload or a download in progress.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::machine::{Control, OnCancel};

use crate::driver::{Command, Commands};
use crate::error::Error;
use crate::events::{self, Events, TransferEvent};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::sync::Lock;

/// Calls a listener with every event of a transfer.
pub(crate) type Listener<E> = Box<dyn ListenerFn<E>>;

/// A listener, `Send` where there are threads.
pub(crate) trait ListenerFn<E>: FnMut(E) + MaybeSend {}
impl<E, F: FnMut(E) + MaybeSend> ListenerFn<E> for F {}

/// A transfer: await it for its outcome.
///
/// Nothing happens before it is awaited or polled, and nothing moves while it is not polled: run it in a task of its own,
/// or together with what reads its events. Dropping it stops it at once: an unfinished large file stays at B2 and can be
/// resumed. To stop it in an orderly way, or to delete what it has begun, use its [`Controls`].
///
/// ```
/// use b2_client::proto::create::UploadEvent;
/// use b2_client::{Bucket, Error, Host};
/// use futures::{StreamExt, future};
///
/// # async fn run<H: Host>(bucket: Bucket<H>, source: H::Source) -> Result<(), Error> {
/// let mut upload = bucket.upload(source, "movies/1.mp4").start();
/// let controls = upload.controls();
/// let events = upload.take_events().expect("they were not taken before");
/// let show = events.for_each(|event| {
///     if let UploadEvent::Progress(progress) = event {
///         println!("{} of {:?} bytes", progress.sent, progress.total);
///     }
///     future::ready(())
/// });
/// // For a button elsewhere.
/// let pause = move || controls.pause();
/// let (file, ()) = future::join(upload, show).await;
/// println!("{}", file?.file_id);
/// # Ok(())
/// # }
/// ```
pub struct Transfer<T, E> {
    future: BoxFuture<'static, Result<T, Error>>,
    /// Where a listener can be set until the transfer is polled.
    listener: Option<Slot<E>>,
    controls: Controls,
}

type Slot<E> = Arc<Lock<Option<Listener<E>>>>;

/// Hands the events of a machine to the listener.
pub(crate) struct OnEvent<E>(Slot<E>);

impl<E> OnEvent<E> {
    pub(crate) fn call(&self, event: E) {
        if let Some(listener) = &mut *self.0.lock() {
            listener(event);
        }
    }
}

impl<T, E: 'static> Transfer<T, E> {
    /// Returns the transfer that `run` makes of its commands and its listener.
    pub(crate) fn new<F>(
        listener: Option<Listener<E>>,
        run: impl FnOnce(Commands, OnEvent<E>) -> F,
    ) -> Self
    where
        F: Future<Output = Result<T, Error>> + MaybeSend + 'static,
    {
        let commands = Commands::default();
        let listener = Slot::from(Lock::new(listener));
        let future = Box::pin(run(commands.clone(), OnEvent(listener.clone())));
        Self { future, listener: Some(listener), controls: Controls(commands) }
    }

    /// Returns the future alone.
    pub(crate) fn into_boxed(self) -> BoxFuture<'static, Result<T, Error>> {
        self.future
    }
}

impl<T, E> Transfer<T, E> {
    /// Returns the events as a stream that ends with the transfer. `None` after the first call, and once the transfer
    /// was awaited or polled.
    pub fn take_events(&mut self) -> Option<Events<E>>
    where
        E: TransferEvent + MaybeSend + 'static,
    {
        let slot = self.listener.take()?;
        let (sender, events) = events::channel();
        let mut listener = slot.lock();
        let mut first = listener.take();
        *listener = Some(Box::new(move |event: E| {
            if let Some(first) = &mut first {
                first(event.clone());
            }
            sender.send(event);
        }));
        Some(events)
    }

    /// Returns what controls the transfer from elsewhere.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }
}

impl<T, E> Future for Transfer<T, E> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A stream of events that is taken from now on would lack some.
        self.listener = None;
        self.future.as_mut().poll(context)
    }
}

impl<T, E> fmt::Debug for Transfer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transfer")
    }
}

/// Controls a transfer from elsewhere. After the transfer's end it has no effect.
#[derive(Clone, Default)]
pub struct Controls(Commands);

impl Controls {
    /// Stops the transfer, which ends with [`ErrorKind::Cancelled`](b2_proto::ErrorKind::Cancelled).
    pub fn cancel(&self, policy: OnCancel) {
        self.0.send(Command::Cancel(policy));
    }

    /// Pauses an upload: nothing more is sent, and what B2 has confirmed stays.
    pub fn pause(&self) {
        self.0.send(Command::Control(Control::Pause));
    }

    /// Resumes a paused upload.
    pub fn resume(&self) {
        self.0.send(Command::Control(Control::Resume));
    }

    /// Sets how many parts of an upload are sent at once.
    pub fn set_parallel(&self, parallel: usize) {
        self.0.send(Command::Control(Control::Parallel(parallel)));
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Controls")
    }
}
