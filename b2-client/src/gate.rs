//! A gate that lets one through at a time.

use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use crate::lock::Lock;

/// Whoever enters it keeps the others out until the [`Pass`] is dropped.
#[derive(Default)]
pub(crate) struct Gate(Lock<State>);

#[derive(Default)]
struct State {
    closed: bool,
    waiting: Vec<Waker>,
}

/// Someone is inside.
pub(crate) struct Pass<'a>(&'a Gate);

impl Gate {
    pub(crate) async fn enter(&self) -> Pass<'_> {
        poll_fn(|context| {
            let mut state = self.0.lock();
            if !state.closed {
                state.closed = true;
                return Poll::Ready(Pass(self));
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.0.lock();
            state.closed = false;
            core::mem::take(&mut state.waiting)
        };
        // All of them: one that is gone by now could not wake the next.
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::Context;

    use super::*;

    #[test]
    fn one_is_inside_and_the_next_enters_when_it_leaves_or_gives_up() {
        let gate = Gate::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = Box::pin(gate.enter());
        let (mut second, mut third) = (Box::pin(gate.enter()), pin!(gate.enter()));
        let Poll::Ready(pass) = first.as_mut().poll(&mut context) else {
            panic!("the gate is open");
        };
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(third.as_mut().poll(&mut context).is_pending());
        drop((second, pass));
        assert!(third.as_mut().poll(&mut context).is_ready());
    }
}
