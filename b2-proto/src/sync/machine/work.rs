//! The work under way, and what its outcomes change.

use core::ops::ControlFlow;

use super::Sync;
use super::removals::{RemovalEvent, RemovalWork};
use super::transfer::{Finished, Transfer, TransferEvent};
use super::window::WorkStep;
use crate::error::Error;
use crate::machine::Step;
use crate::sync::removal::Removal;
use crate::sync::report::{SyncEvent, SyncReport, TransferKind};
use crate::time::Instant;

impl Sync {
    /// Polls the work under way.
    pub(super) fn advance_work(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<SyncReport, SyncEvent>, Option<Instant>> {
        let step = match self.window.poll(now, &self.context) {
            WorkStep::Wait(deadline) => return ControlFlow::Continue(deadline),
            WorkStep::Start(task, action) => Step::Start(task, action),
            WorkStep::Abort(task) => Step::Abort(task),
            WorkStep::Transfer(event) => return self.transfer_event(event),
            WorkStep::Removal(RemovalEvent::Retrying(retrying)) => {
                Step::Emit(SyncEvent::Retrying(retrying))
            }
            WorkStep::Removal(RemovalEvent::Removed(removal)) => {
                match removal {
                    Removal::Hide { .. } => self.report.hidden += 1,
                    _ => self.report.deleted += 1,
                }
                self.changed = true;
                Step::Emit(SyncEvent::Removed(removal))
            }
            WorkStep::Transferred(transfer, result) => {
                self.transfer_ended(&transfer, result);
                return ControlFlow::Break(self.next_step());
            }
            WorkStep::Removed(work, result) => {
                self.removal_ended(&work, result);
                return ControlFlow::Break(self.next_step());
            }
        };
        ControlFlow::Break(step)
    }

    /// Returns a step that waits, or a report of the progress: something has changed, and more may follow.
    fn next_step(&mut self) -> Step<SyncReport, SyncEvent> {
        self.steps.pop().unwrap_or_else(|| {
            self.changed = false;
            Step::Emit(SyncEvent::Progress(self.report))
        })
    }

    fn transfer_event(
        &mut self,
        event: TransferEvent,
    ) -> ControlFlow<Step<SyncReport, SyncEvent>, Option<Instant>> {
        match event {
            TransferEvent::Retrying(retrying) => {
                return ControlFlow::Break(Step::Emit(SyncEvent::Retrying(retrying)));
            }
            TransferEvent::Decided { name, transfer, reason, bytes } => {
                self.found(name, transfer, reason, bytes);
            }
            TransferEvent::Moved(change) => {
                self.report.bytes_transferred =
                    self.report.bytes_transferred.saturating_add_signed(change);
            }
        }
        ControlFlow::Break(self.next_step())
    }

    fn transfer_ended(&mut self, transfer: &Transfer, result: Result<Finished, Error>) {
        match result {
            Ok(Finished { transferred, decision, renamed_from }) => {
                if let Some((kind, bytes)) = transferred {
                    self.report.transferred += 1;
                    let missing = i64::try_from(bytes).unwrap_or(i64::MAX) - transfer.moved();
                    self.report.bytes_transferred =
                        self.report.bytes_transferred.saturating_add_signed(missing);
                    match kind {
                        TransferKind::Upload => self.report.uploaded += 1,
                        TransferKind::Download => self.report.downloaded += 1,
                        TransferKind::Copy => self.report.copied += 1,
                        TransferKind::Rename => {
                            self.report.copied += 1;
                            self.report.renamed += 1;
                        }
                    }
                    let name = transfer.name().into();
                    self.steps.emit(SyncEvent::Transferred { name, kind, bytes });
                }
                self.losing += u64::from(decision.loses_file);
                self.held.push(decision.removals);
                if let (Some(file), Some(sides)) = (renamed_from, &mut self.sides) {
                    let removals = sides.renames.take(&file).unwrap_or_default();
                    // The file is not lost: it has another name.
                    self.losing = self.losing.saturating_sub(u64::from(!removals.is_empty()));
                    self.held.push(removals);
                }
            }
            Err(error) => {
                self.report.bytes_transferred =
                    self.report.bytes_transferred.saturating_add_signed(-transfer.moved());
                self.report.removals_dropped += transfer.removals();
                if let Some(sides) = &mut self.sides {
                    transfer.may_be_renamed_from().iter().for_each(|file| sides.renames.keep(file));
                }
                self.file_failed(transfer.name().into(), error);
            }
        }
    }

    fn removal_ended(&mut self, work: &RemovalWork, result: Result<(), Error>) {
        if let Err(error) = result {
            self.report.removals_dropped += work.left();
            self.file_failed(work.name().into(), error);
        }
    }
}
