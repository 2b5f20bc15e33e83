//! The driver: runs a machine by performing its actions on a host.
//!
//! [`drive`] is the loop. [`Io`] is what does not depend on the machine: its tasks, deadline, commands. [`tasks`] and
//! [`receive`] perform the actions, and [`AccountAccess`] answers those about the account.

mod commands;
mod io;
mod reader;
mod receive;
mod signal;
mod tasks;

use alloc::sync::Arc;

use b2_proto::account::{UploadUrl, UrlKey};
use b2_proto::machine::{Authorized, Generation, Machine, Step};

use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

pub(crate) use commands::{Command, Commands};
pub(crate) use io::{Io, Resources};
pub(crate) use reader::AnyReader;
pub(crate) use receive::{Receive, Region, SinkState, Write, receive};
pub(crate) use signal::Signal;
pub(crate) use tasks::Outcome;

use io::Event;

/// The account that machines share.
pub(crate) trait AccountAccess: MaybeSend + MaybeSync {
    /// Returns a valid authorization, newer than `stale`.
    fn authorization(
        self: Arc<Self>,
        stale: Option<Generation>,
    ) -> BoxFuture<'static, Result<Authorized, Error>>;

    /// Checks that a request may be sent to this URL.
    fn check_url(&self, url: &str) -> Result<(), b2_proto::Error>;

    /// Takes a free upload URL.
    fn take_url(self: Arc<Self>, key: UrlKey) -> BoxFuture<'static, Option<UploadUrl>>;

    /// Puts an upload URL back. Returns what is left to be done, if anything is.
    fn put_url(self: Arc<Self>, key: UrlKey, url: UploadUrl) -> Option<BoxFuture<'static, ()>>;
}

/// Runs a machine to completion. Dropping the future stops everything that the machine has under way.
pub(crate) async fn drive<M: Machine, H: Host>(
    mut machine: M,
    mut io: Io<H>,
    mut on_event: impl FnMut(M::Event),
) -> Result<M::Output, Error> {
    let result = loop {
        let deadline = match machine.poll(io.now()) {
            Step::Start(task, action) => {
                io.start(task, action);
                continue;
            }
            Step::Abort(task) => {
                io.abort(task);
                continue;
            }
            Step::Emit(event) => {
                on_event(event);
                continue;
            }
            Step::Done(result) => break result,
            Step::Wait(deadline) => deadline,
        };
        match io.next(deadline).await {
            Event::Input(task, input) => machine.handle(io.now(), task, input),
            Event::Command(Command::Cancel(policy)) => machine.cancel(io.now(), policy),
            Event::Command(Command::Control(control)) => machine.control(io.now(), control),
            Event::Deadline => {}
        }
    };
    io.finish().await;
    result.map_err(|error| io.with_cause(error))
}
