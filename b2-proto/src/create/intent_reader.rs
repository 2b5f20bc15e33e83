//! Reads a stream of intents, a few at a time.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::call::{CallFactory, Retrying};
use crate::create::plan::{IntentSource, PartLimits, PlannedPart, Planner, WriteIntent};
use crate::create::sources::SourceLookup;
use crate::error::{Error, Target};
use crate::machine::{Action, Input, SourceId, Step, TaskId};
use crate::time::Instant;

/// Reads a stream of intents and plans their parts.
#[derive(Debug)]
pub(super) struct IntentReader {
    planner: Planner,
    /// The parts that are planned and not taken.
    parts: VecDeque<PlannedPart>,
    calls: CallFactory,
    /// The task that reads the next intent.
    reading: Option<TaskId>,
    /// Asks B2 for the size of the file that an intent names.
    lookup: Option<Box<SourceLookup>>,
    /// Why the stream cannot be read any further.
    failed: Option<Error>,
    ended: bool,
    /// The offset after the last intent.
    last: u64,
    /// The largest offset after an intent: the size of the file so far.
    end: u64,
    /// The local sources in use, each with the offset after its bytes.
    sources: Vec<(SourceId, u64)>,
}

impl IntentReader {
    pub(super) fn new(limits: PartLimits, calls: CallFactory) -> Self {
        Self {
            planner: Planner::new(limits),
            parts: VecDeque::new(),
            calls,
            reading: None,
            lookup: None,
            failed: None,
            ended: false,
            last: 0,
            end: 0,
            sources: Vec::new(),
        }
    }

    /// Returns the next part, if it is planned.
    pub(super) fn next_part(&mut self) -> Option<PlannedPart> {
        self.parts.pop_front()
    }

    /// Reads on until an intent is planned, or the stream has ended.
    pub(super) fn poll<T, E: From<Retrying>>(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<T, E>, Result<(), Error>> {
        if let Some(error) = self.failed.take() {
            return ControlFlow::Continue(Err(error));
        }
        if let Some(lookup) = &mut self.lookup {
            let result = lookup.poll(now).result()?;
            self.lookup = None;
            let planned = result
                .and_then(|intents| intents.into_iter().try_for_each(|intent| self.push(intent)));
            return ControlFlow::Continue(planned);
        }
        if self.ended {
            return ControlFlow::Continue(Ok(()));
        }
        if self.reading.is_some() {
            return ControlFlow::Break(Step::Wait(None));
        }
        let task = self.calls.ids().next();
        self.reading = Some(task);
        ControlFlow::Break(Step::Start(task, Action::NextIntent))
    }

    /// Returns whether a task is one of the reader.
    pub(super) fn owns(&self, task: TaskId) -> bool {
        self.running().contains(&task)
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(lookup) = &mut self.lookup {
            return lookup.handle(now, task, input);
        }
        let planned = match input {
            Input::Intent(Some(intent)) if intent.len().is_none() => {
                self.lookup = Some(Box::new(SourceLookup::new(vec![intent], 1, self.calls.fork())));
                Ok(())
            }
            Input::Intent(Some(intent)) => self.push(intent),
            Input::Intent(None) => {
                self.ended = true;
                let finished = self.planner.finish();
                self.take_parts();
                finished
            }
            Input::Failed(failure) => Err(Error::from_failure(Target::Upload, &failure)),
            _ => return,
        };
        self.reading = None;
        self.failed = planned.err();
    }

    fn push(&mut self, intent: WriteIntent) -> Result<(), Error> {
        let start = intent.destination_offset.unwrap_or(self.last);
        let end = start.saturating_add(intent.len().unwrap_or(0));
        match &intent.source {
            IntentSource::Local { source, .. } => self.sources.push((*source, end)),
            IntentSource::Remote(source) => source.check()?,
        }
        self.last = end;
        self.end = self.end.max(end);
        self.planner.push(intent)?;
        self.take_parts();
        Ok(())
    }

    fn take_parts(&mut self) {
        self.parts.extend(core::iter::from_fn(|| self.planner.next_part()));
    }

    /// Returns the sources that are no longer needed, when all bytes before an offset are at B2.
    pub(super) fn release(&mut self, accepted_until: u64) -> Vec<SourceId> {
        let mut released = Vec::new();
        self.sources.retain(|(source, end)| {
            let is_needed = *end > accepted_until;
            if !is_needed {
                released.push(*source);
            }
            is_needed
        });
        released
    }

    /// Returns whether all intents were read and planned.
    pub(super) fn has_ended(&self) -> bool {
        self.ended && self.failed.is_none()
    }

    /// Returns whether all parts were taken.
    pub(super) fn is_complete(&self) -> bool {
        self.has_ended() && self.parts.is_empty()
    }

    /// Returns the size of the file, as far as it is known.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Returns the tasks that run.
    pub(super) fn running(&self) -> Vec<TaskId> {
        let lookup = self.lookup.as_ref().map(|lookup| lookup.running()).unwrap_or_default();
        self.reading.into_iter().chain(lookup).collect()
    }
}
