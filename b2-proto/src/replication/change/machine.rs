//! The machine that changes a rule.

use alloc::boxed::Box;
use alloc::string::String;
use core::ops::ControlFlow;

use super::RuleChange;
use crate::api::{BucketsList, ListBuckets, UpdateBucket};
use crate::call::{Call, CallFactory, Retrying};
use crate::error::{Error, ErrorKind};
use crate::machine::{Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled};
use crate::model::{BucketId, BucketInfo};
use crate::retry::RetryPolicy;
use crate::time::{Instant, MonotonicTime};

/// The number of times that a rule is changed again because the bucket was changed meanwhile.
const MAX_CONFLICTS: u32 = 5;

/// A replication rule that was changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleChanged {
    /// The bucket as it is now.
    pub bucket: BucketInfo,
    /// Whether something changed. `false` for a rule that was paused, or not paused, before.
    pub changed: bool,
}

/// Pauses, unpauses or deletes a replication rule of a bucket: reads the rules and stores them changed
/// (`b2_list_buckets`, `b2_update_bucket`).
///
/// Changes that others make meanwhile are kept: the bucket is only changed if it is as it was read, and is read again
/// otherwise.
#[derive(Debug)]
pub struct ChangeRule {
    bucket_id: BucketId,
    name: String,
    change: RuleChange,
    calls: CallFactory,
    phase: Phase,
    conflicts: u32,
    monotonic: MonotonicTime,
    steps: StepQueue<RuleChanged, Retrying>,
}

#[derive(Debug)]
enum Phase {
    Reading(Box<Call<ListBuckets>>),
    Storing(Box<Call<UpdateBucket>>),
    Over,
}

impl ChangeRule {
    /// Creates a change that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(
        bucket_id: BucketId,
        name: impl Into<String>,
        change: RuleChange,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let mut calls = CallFactory::new(policy, seed, TaskIds::default());
        let phase = read(&mut calls, &bucket_id);
        Self {
            bucket_id,
            name: name.into(),
            change,
            calls,
            phase,
            conflicts: 0,
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    fn end(&mut self, result: Result<RuleChanged, Error>) {
        self.phase = Phase::Over;
        self.steps.done(result);
    }

    fn was_read(&mut self, result: Result<BucketsList, Error>) {
        let mut list = match result {
            Ok(list) => list,
            Err(error) => return self.end(Err(error)),
        };
        let found = list.buckets.iter().position(|bucket| bucket.bucket_id == self.bucket_id);
        let Some(position) = found else {
            let gone = || Error::new(ErrorKind::BucketIdNotFound, "no bucket has this id");
            let error = list.unreadable.into_iter().next().unwrap_or_else(gone);
            return self.end(Err(error));
        };
        let bucket = list.buckets.swap_remove(position);
        // After a conflict, it may have been an attempt without a response that changed the rule.
        let again = self.conflicts > 0;
        match self.change.apply(&bucket, &self.name) {
            Ok(Some(update)) => {
                self.phase = Phase::Storing(Box::new(self.calls.call(update)));
            }
            Ok(None) => self.end(Ok(RuleChanged { bucket, changed: again })),
            Err(error)
                if again
                    && self.change == RuleChange::Delete
                    && error.kind() == ErrorKind::ResourceNotFound =>
            {
                self.end(Ok(RuleChanged { bucket, changed: true }));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn was_stored(&mut self, result: Result<BucketInfo, Error>) {
        match result {
            Ok(bucket) => self.end(Ok(RuleChanged { bucket, changed: true })),
            Err(error) if error.kind() == ErrorKind::Conflict && self.conflicts < MAX_CONFLICTS => {
                self.conflicts += 1;
                self.phase = read(&mut self.calls, &self.bucket_id);
            }
            Err(error) => self.end(Err(error)),
        }
    }

    /// Advances the phase, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<RuleChanged, Retrying>> {
        match &mut self.phase {
            Phase::Reading(call) => {
                let result = call.poll(now).result()?;
                self.was_read(result);
            }
            Phase::Storing(call) => {
                let result = call.poll(now).result()?;
                self.was_stored(result);
            }
            Phase::Over => return ControlFlow::Break(Step::Wait(None)),
        }
        ControlFlow::Continue(())
    }
}

fn read(calls: &mut CallFactory, bucket_id: &BucketId) -> Phase {
    let list = ListBuckets { bucket_id: Some(bucket_id.clone()), ..ListBuckets::default() };
    Phase::Reading(Box::new(calls.call(list)))
}

impl Machine for ChangeRule {
    type Output = RuleChanged;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<RuleChanged, Retrying> {
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
        match &mut self.phase {
            Phase::Reading(call) => call.handle(now, task, input),
            Phase::Storing(call) => call.handle(now, task, input),
            Phase::Over => {}
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if !matches!(self.phase, Phase::Over) {
            self.steps.clear();
            self.end(Err(cancelled()));
        }
    }
}
