//! An upload or a download under way.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use b2_proto::machine::OnCancel;
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
/// [`Canceller`].
pub struct Transfer<T, E> {
    future: BoxFuture<'static, Result<T, Error>>,
    events: Option<mpsc::UnboundedReceiver<E>>,
    canceller: Canceller,
}

impl<T, E> Transfer<T, E> {
    pub(crate) fn new(
        future: BoxFuture<'static, Result<T, Error>>,
        events: mpsc::UnboundedReceiver<E>,
        commands: mpsc::UnboundedSender<OnCancel>,
    ) -> Self {
        Self { future, events: Some(events), canceller: Canceller(commands) }
    }

    /// What it says on the way, as a stream that ends with the transfer. The first caller gets it, if it calls
    /// before the transfer is awaited or polled.
    pub fn take_events(&mut self) -> Option<mpsc::UnboundedReceiver<E>> {
        self.events.take()
    }

    /// Stops it from elsewhere.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
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

/// Stops a transfer.
#[derive(Clone, Debug)]
pub struct Canceller(mpsc::UnboundedSender<OnCancel>);

impl Canceller {
    /// Stops the transfer; it ends with [`ErrorKind::Cancelled`](b2_proto::ErrorKind::Cancelled). After its
    /// end this does nothing.
    pub fn cancel(&self, policy: OnCancel) {
        let _ = self.0.unbounded_send(policy);
    }
}
