//! A call to B2 with a response for the visitor.

use alloc::boxed::Box;
use core::fmt;
use core::ops::ControlFlow;

use bytes::Bytes;

use crate::api::Endpoint;
use crate::call::{Call, Retrying};
use crate::http::Response;
use crate::machine::{Input, Machine, OnCancel, Step, TaskId};
use crate::retry::RetryPolicy;
use crate::time::Instant;

type Convert<T> = Box<dyn FnOnce(T) -> Response<Bytes> + Send>;

/// Makes one call with the application's own token, and converts its response into one for the visitor.
pub(super) struct Forward<E: Endpoint> {
    call: Call<E>,
    convert: Option<Convert<E::Response>>,
}

impl<E: Endpoint> Forward<E> {
    pub(super) fn new(
        endpoint: E,
        policy: RetryPolicy,
        seed: u64,
        convert: impl FnOnce(E::Response) -> Response<Bytes> + Send + 'static,
    ) -> Self {
        Self { call: Call::new(endpoint, policy, seed), convert: Some(Box::new(convert)) }
    }
}

impl<E: Endpoint> fmt::Debug for Forward<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").field("call", &self.call).finish_non_exhaustive()
    }
}

impl<E: Endpoint> Machine for Forward<E> {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, Retrying> {
        match self.call.poll(now).result() {
            ControlFlow::Break(step) => step,
            ControlFlow::Continue(Ok(output)) => match self.convert.take() {
                Some(convert) => Step::Done(Ok(convert(output))),
                None => Step::Wait(None),
            },
            ControlFlow::Continue(Err(error)) => Step::Done(Err(error)),
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.call.handle(now, task, input);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.call.cancel(now, policy);
    }
}
