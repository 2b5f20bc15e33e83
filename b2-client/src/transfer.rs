//! An upload or a download under way.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::machine::{Control, Machine, OnCancel};

use crate::driver::{Command, Commands, Resources};
use crate::error::Error;
use crate::events::{self, Events};
use crate::host::Host;
use crate::lock::Lock;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::session::Session;

/// Calls a listener with every event of a transfer.
pub(crate) type Listener<E> = Box<dyn ListenerFn<E>>;

/// A listener, `Send` where there are threads.
pub(crate) trait ListenerFn<E>: FnMut(E) + MaybeSend {}
impl<E, F: FnMut(E) + MaybeSend> ListenerFn<E> for F {}

/// A transfer: await it for its outcome.
///
/// Nothing happens before it is awaited or polled. Dropping it stops it at once: an unfinished large file
/// stays at B2 and can be resumed. To stop it in an orderly way, or to delete what it has begun, use
/// its [`Controls`].
pub struct Transfer<T, E> {
    future: BoxFuture<'static, Result<T, Error>>,
    listener: Option<Slot<E>>,
    controls: Controls,
}

/// Where a listener can be put until the transfer begins.
type Slot<E> = Arc<Lock<Option<Listener<E>>>>;

impl<T, E: 'static> Transfer<T, E> {
    pub(crate) fn new<M, H: Host>(
        machine: M,
        session: &Arc<Session<H>>,
        resources: Resources<H>,
        listener: Option<Listener<E>>,
    ) -> Self
    where
        M: Machine<Output = T, Event = E> + MaybeSend + 'static,
        T: MaybeSend + 'static,
    {
        let controls = Controls(resources.commands.clone());
        let listener = Slot::from(Lock::new(listener));
        let slot = listener.clone();
        let tell = move |event| {
            if let Some(listener) = &mut *slot.lock() {
                listener(event);
            }
        };
        let future = Box::pin(session.drive(machine, resources, tell));
        Self { future, listener: Some(listener), controls }
    }

    /// The future alone.
    pub(crate) fn into_boxed(self) -> BoxFuture<'static, Result<T, Error>> {
        self.future
    }
}

impl<T, E> Transfer<T, E> {
    /// What it says on the way, as a stream that ends with the transfer. The first caller gets it, if it calls
    /// before the transfer is awaited or polled.
    pub fn take_events(&mut self) -> Option<Events<E>>
    where
        E: Clone + MaybeSend + 'static,
    {
        let slot = self.listener.take()?;
        let (teller, events) = events::channel();
        let mut listener = slot.lock();
        let mut first = listener.take();
        *listener = Some(Box::new(move |event: E| {
            if let Some(first) = &mut first {
                first(event.clone());
            }
            teller.tell(event);
        }));
        Some(events)
    }

    /// Controls it from elsewhere.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }
}

impl<T, E> Future for Transfer<T, E> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Whoever asks for events from now on would miss some.
        self.listener = None;
        self.future.as_mut().poll(context)
    }
}

impl<T, E> fmt::Debug for Transfer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transfer")
    }
}

/// Controls a transfer from elsewhere. After the transfer's end it does nothing.
#[derive(Clone, Default)]
pub struct Controls(Commands);

impl Controls {
    /// Stops the transfer; it ends with [`ErrorKind::Cancelled`](b2_proto::ErrorKind::Cancelled).
    pub fn cancel(&self, policy: OnCancel) {
        self.0.send(Command::Cancel(policy));
    }

    /// Halts an upload: nothing more is sent, and what B2 has confirmed stays.
    pub fn pause(&self) {
        self.0.send(Command::Control(Control::Pause));
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.0.send(Command::Control(Control::Resume));
    }

    /// Changes how many parts of an upload are sent at once.
    pub fn set_parallel(&self, parallel: usize) {
        self.0.send(Command::Control(Control::Parallel(parallel)));
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Controls")
    }
}
