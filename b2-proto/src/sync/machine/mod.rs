//! The machine that synchronizes.
//!
//! | module | contents |
//! | --- | --- |
//! | `mod` | the phases: authorize, merge, remove |
//! | `allowed` | what the key must be allowed |
//! | `sides`, `merge` | both sides, read in order; pairs of entries of the same name, and what they call for |
//! | `ending` | the removals at the end |
//! | `window`, `work` | the work that is under way, and what its outcomes change |
//! | `transfer`, `removals` | the work on one file; the removals, and the work on those of one name |
//! | `renames`, `scanner` | files that have got another name; one side, read in order |
//! | `waiting` | files to download whose names may also be those of folders |
//! | `context`, `job` | what all parts read; the description |

mod allowed;
mod context;
mod ending;
mod job;
#[cfg(test)]
mod memory;
mod merge;
mod removals;
mod renames;
mod scanner;
mod sides;
mod transfer;
mod waiting;
mod window;
mod work;

use alloc::boxed::Box;
use alloc::string::String;
use core::ops::ControlFlow;

use context::Context;
pub use job::{NewSync, Side};
use removals::HeldRemovals;
use sides::Sides;
use waiting::WaitingFiles;
use window::Window;

use super::options::Direction;
use super::reason::Reason;
use super::report::{SyncEvent, SyncReport};
use crate::account::Authorization;
use crate::call::CallFactory;
use crate::error::{Error, ErrorKind};
use crate::machine::{
    Action, Control, Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled,
};
use crate::time::{Instant, MonotonicTime};

/// Makes the destination like the source.
///
/// ```text
///   authorize ─▶ scan both sides ─▶ pairs in the order of their names ─▶ transfers, a window of them
///                                                  │                          │
///                                                  ▼                          ▼ succeeded
///                                            removals, held back ◀────────────┘
///                                                  │ both scans complete
///                                                  ▼
///                                            removals ─▶ done
/// ```
///
/// Files fail alone. Nothing is removed unless both scans were complete, and old versions of a file only after its
/// transfer has succeeded. A run that was interrupted is completed by another one, which finds what is there.
#[derive(Debug)]
pub struct Sync {
    context: Context,
    calls: CallFactory,
    phase: Phase,
    sides: Option<Sides>,
    waiting: WaitingFiles,
    window: Window,
    held: HeldRemovals,
    report: SyncReport,
    /// Whether the report has changed since it was emitted.
    changed: bool,
    /// Whether a part of a scan failed, so that nothing is removed.
    incomplete: Option<Error>,
    /// The number of files of the destination that are to be removed or hidden.
    losing: u64,
    /// What ends the synchronization when the work under way has ended.
    fatal: Option<Error>,
    checkpoint: Checkpoint,
    paused: bool,
    monotonic: MonotonicTime,
    steps: StepQueue<SyncReport, SyncEvent>,
}

/// Returns the error of a name that was asked for and is not the name of a file of the source.
fn not_in_source() -> Error {
    Error::new(ErrorKind::FileNotPresent, "the source has no file of this name")
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorizing(TaskId),
    Merging,
    Removing,
    Over,
}

#[derive(Debug, Default)]
struct Checkpoint {
    last: Option<String>,
    /// The number of compared names at the last checkpoint.
    at: u64,
}

impl Sync {
    /// Creates a synchronization that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(job: NewSync, seed: u64) -> Self {
        let calls = CallFactory::new(job.options.upload.retry, seed, TaskIds::default());
        let direction = job.direction().unwrap_or(Direction::Up);
        Self {
            context: Context { job, direction, download_from: None },
            calls,
            phase: Phase::Begin,
            sides: None,
            waiting: WaitingFiles::default(),
            window: Window::default(),
            held: HeldRemovals::default(),
            report: SyncReport::default(),
            changed: false,
            incomplete: None,
            losing: 0,
            fatal: None,
            checkpoint: Checkpoint::default(),
            paused: false,
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    fn begin(&mut self) {
        if let Err(error) = self.context.job.check() {
            return self.end(Err(error));
        }
        let task = self.calls.ids().next();
        self.phase = Phase::Authorizing(task);
        self.steps.start(task, Action::Auth { stale: None });
    }

    fn authorized(&mut self, authorization: &Authorization) {
        let allowed = self
            .check_allowed(authorization)
            .and_then(|()| self.bucket_to_download_from(authorization));
        match allowed {
            Ok(bucket) => self.context.download_from = bucket,
            Err(error) => return self.end(Err(error)),
        }
        self.sides = Some(Sides::new(&self.context, &mut self.calls));
        self.phase = Phase::Merging;
    }

    fn end(&mut self, result: Result<SyncReport, Error>) {
        self.phase = Phase::Over;
        self.steps.done(result);
    }

    /// Stops the merge. The work under way goes on, and then the synchronization fails.
    fn fail(&mut self, error: Error) {
        self.fatal.get_or_insert(error);
    }

    /// Notes that files may exist that were not seen.
    fn scan_failed(&mut self, error: Error) {
        self.incomplete.get_or_insert(error);
    }

    /// Reports a file that failed, or ends the synchronization if no other file can succeed.
    fn file_failed(&mut self, name: String, error: Error) {
        self.report.failed += 1;
        self.changed = true;
        if error.ends_everything()
            || (self.report.transferred == 0 && error.ends_what_has_not_begun())
        {
            return self.fail(error);
        }
        self.steps.emit(SyncEvent::Failed { name, error: Box::new(error) });
    }

    fn advance(&mut self, now: Instant) -> ControlFlow<Step<SyncReport, SyncEvent>> {
        match self.phase {
            Phase::Begin => {
                self.begin();
                return ControlFlow::Continue(());
            }
            Phase::Authorizing(_) | Phase::Over => return ControlFlow::Break(Step::Wait(None)),
            Phase::Merging | Phase::Removing => {}
        }
        let scans = match self.phase {
            Phase::Merging => self.advance_merge(now)?,
            _ => {
                self.start_removals();
                None
            }
        };
        let work = self.advance_work(now)?;
        if let Some(step) = self.steps.pop() {
            return ControlFlow::Break(step);
        }
        if self.window.is_empty() && !self.held.is_busy() {
            if let Some(error) = self.fatal.take() {
                if core::mem::take(&mut self.changed) {
                    self.steps.emit(SyncEvent::Progress(self.report));
                }
                self.end(Err(error));
                return ControlFlow::Continue(());
            }
            match self.phase {
                Phase::Merging if self.is_merged() => {
                    self.begin_removals();
                    return ControlFlow::Continue(());
                }
                Phase::Removing if self.held.is_empty() && self.held_for_renames() == 0 => {
                    self.emit_checkpoint();
                    self.end(Ok(self.report));
                    return ControlFlow::Continue(());
                }
                _ => {}
            }
        }
        if core::mem::take(&mut self.changed) {
            return ControlFlow::Break(Step::Emit(SyncEvent::Progress(self.report)));
        }
        ControlFlow::Break(Step::Wait(scans.into_iter().chain(work).min()))
    }

    /// Counts what was decided for a file.
    fn found(&mut self, name: String, transfer: bool, reason: Reason, bytes: u64) {
        if transfer {
            self.report.to_transfer += 1;
            self.report.bytes_to_transfer += bytes;
        }
        self.changed = true;
        if self.context.options().explain {
            self.steps.emit(SyncEvent::Explained { name, transfer, reason });
        }
    }

    fn is_merged(&self) -> bool {
        self.waiting.is_empty() && self.sides.as_ref().is_none_or(Sides::is_over)
    }
}

impl Machine for Sync {
    type Output = SyncReport;
    type Event = SyncEvent;

    fn poll(&mut self, now: Instant) -> Step<SyncReport, SyncEvent> {
        let now = self.monotonic.advance(now);
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            if let ControlFlow::Break(step) = self.advance(now) {
                return step;
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.monotonic.advance(now);
        if let Phase::Authorizing(waiting) = self.phase {
            if waiting == task
                && let Input::Auth(result) = input
            {
                match result {
                    Ok(authorized) => self.authorized(&authorized.authorization),
                    Err(error) => self.end(Err(error)),
                }
            }
            return;
        }
        match self.held.handle(task, &input) {
            Ok(false) => {}
            Ok(true) => return,
            Err(error) => return self.fail(error),
        }
        if let Some(sides) = &mut self.sides {
            match sides.handle(now, task, &input) {
                Ok(false) => {}
                Ok(true) => return,
                Err(error) => return self.fail(error),
            }
        }
        self.window.handle(now, &self.context, task, input);
    }

    fn control(&mut self, now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => {
                self.context.job.options.parallel = parallel.max(1);
                return;
            }
        }
        self.window.control(now, control);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        self.steps.clear();
        self.held = HeldRemovals::default();
        if policy == OnCancel::Keep || self.window.is_empty() {
            return self.end(Err(cancelled()));
        }
        self.fail(cancelled());
        self.window.cancel(now, policy);
    }
}
