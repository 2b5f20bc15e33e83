//! An upload or a download under way.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use b2_proto::machine::{Control, OnCancel};
use futures::channel::mpsc;

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend};

/// Calls a listener with every event of a transfer.
pub(crate) type Listener<E> = Box<dyn ListenerFn<E>>;

/// A listener, `Send` where there are threads.
pub(crate) trait ListenerFn<E>: FnMut(E) + MaybeSend {}
impl<E, F: FnMut(E) + MaybeSend> ListenerFn<E> for F {}

/// A transfer: await it for its outcome.
///
/// Nothing happens before it is awaited or polled. Dropping it stops it at once: an unfinished large file
/// stays at B2 and can be resumed. To stop it in an orderly way, or to delete what it has begun, use a
/// its [`Controls`].
pub struct Transfer<T, E> {
    future: BoxFuture<'static, Result<T, Error>>,
    events: Option<mpsc::UnboundedReceiver<E>>,
    controls: Controls,
}

impl<T, E> Transfer<T, E> {
    pub(crate) fn new(
        future: BoxFuture<'static, Result<T, Error>>,
        events: mpsc::UnboundedReceiver<E>,
        commands: mpsc::UnboundedSender<Command>,
    ) -> Self {
        Self { future, events: Some(events), controls: Controls(commands) }
    }

    /// What it says on the way, as a stream that ends with the transfer. The first caller gets it, if it calls
    /// before the transfer is awaited or polled.
    pub fn take_events(&mut self) -> Option<mpsc::UnboundedReceiver<E>> {
        self.events.take()
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
        // Nobody has taken the events, so nobody will read them: they must not pile up.
        self.events = None;
        self.future.as_mut().poll(context)
    }
}

impl<T, E> fmt::Debug for Transfer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transfer")
    }
}

/// What a caller tells a driver.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Cancel(OnCancel),
    Control(Control),
}

/// Controls a transfer from elsewhere. After the transfer's end it does nothing.
#[derive(Clone, Debug)]
pub struct Controls(mpsc::UnboundedSender<Command>);

impl Controls {
    /// Stops the transfer; it ends with [`ErrorKind::Cancelled`](b2_proto::ErrorKind::Cancelled).
    pub fn cancel(&self, policy: OnCancel) {
        self.tell(Command::Cancel(policy));
    }

    /// Halts an upload: nothing more is sent, and what B2 has confirmed stays.
    pub fn pause(&self) {
        self.tell(Command::Control(Control::Pause));
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.tell(Command::Control(Control::Resume));
    }

    /// Changes how many parts of an upload are sent at once.
    pub fn set_parallel(&self, parallel: usize) {
        self.tell(Command::Control(Control::Parallel(parallel)));
    }

    fn tell(&self, command: Command) {
        let _ = self.0.unbounded_send(command);
    }
}
