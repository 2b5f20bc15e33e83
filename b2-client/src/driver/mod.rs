//! The driver: runs a machine by performing its actions on a host.
//!
//! [`drive`] is the loop, and [`Io`] is what does not depend on the machine. A module imports only from modules below it:
//!
//! | module | contents |
//! | --- | --- |
//! | `io` | starts the actions, waits for outcomes, commands and the deadline |
//! | `task_set`, `resources` | the tasks under way; the sources, sinks and buffers that actions name |
//! | `tasks`, `receive`, `local` | how each kind of task is done |
//! | `turn` | when a request is sent, among those of the account |
//! | `outcome`, `destination` | how a task ends; where the bytes of a body go |
//! | `signal`, `commands` | what tasks and callers tell the driver while a task runs |
//! | `account`, `reader`, `pieces` | the account of the client; the reader of an upload; the pieces of a new file |

/// Whether files can be made of pieces. Otherwise the code for it is never reached, and not linked.
pub(crate) const COPIES: bool = cfg!(feature = "copies");

/// Whether folders can be synchronized. Otherwise the code for it is never reached, and not linked.
pub(crate) const SYNC: bool = cfg!(feature = "sync");

mod account;
mod commands;
mod destination;
mod io;
mod local;
mod outcome;
mod pieces;
mod reader;
mod receive;
mod resources;
mod signal;
mod task_set;
mod tasks;
mod turn;

use b2_proto::machine::{Machine, Step};

use crate::error::Error;
use crate::host::Host;

pub(crate) use account::AccountAccess;
pub(crate) use commands::{Command, Commands};
pub(crate) use destination::{Destination, HashingSink};
pub(crate) use io::Io;
#[cfg(feature = "sync")]
pub(crate) use local::LocalSide;
pub(crate) use pieces::{OpenPiece, PieceContent, PieceStream};
pub(crate) use reader::AnyReader;
pub(crate) use resources::Resources;

use io::Event;

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
