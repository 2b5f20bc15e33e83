//! Finishes a large file, also when the answer is lost on the way.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::api::{FinishLargeFile, GetFileInfo};
use crate::call::{Attempts, Call, Child, Polled, Retrying, TaskIds, Verdict};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Input, Step, TaskId};
use crate::model::{FileAction, FileId, FileVersion};
use crate::retry::{RetryPolicy, Rng};
use crate::time::Instant;

/// Calls `b2_finish_large_file`. If nobody knows whether it was done, `b2_get_file_info` tells (b2sdk
/// defect D29: it took the second answer, an error, for the outcome).
#[derive(Debug)]
pub(super) struct Finish {
    call: FinishLargeFile,
    policy: RetryPolicy,
    rng: Rng,
    attempts: Attempts,
    doubtful: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Finishing(Child<Call<FinishLargeFile>>),
    LookingUp(Child<Call<GetFileInfo>>, Error),
    BackingOff(Instant),
}

pub(super) enum FinishStep {
    Wants(Step<Infallible, Retrying>),
    Done(Result<Box<FileVersion>, Error>),
    /// There is no such file: an earlier run did not finish it either.
    Gone,
}

impl Finish {
    /// Without digests, the file may have been finished by an earlier run: it is only looked up.
    pub(super) fn new(
        file_id: FileId,
        sha1s: Vec<Sha1Digest>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let mut rng = Rng::new(seed);
        let call = FinishLargeFile { file_id: file_id.clone(), part_sha1_array: sha1s };
        let only_look = call.part_sha1_array.is_empty();
        let state = if only_look {
            let error = Error::new(ErrorKind::FileNotPresent, "no such large file");
            State::LookingUp(
                Child::new(Call::new(GetFileInfo { file_id }, policy, rng.next_u64())),
                error,
            )
        } else {
            State::Finishing(Child::new(Call::new(call.clone(), policy, rng.next_u64())))
        };
        let attempts = Attempts::new(policy, rng.next_u64());
        Self { call, policy, rng, attempts, doubtful: only_look, state }
    }

    pub(super) fn file_id(&self) -> &FileId {
        &self.call.file_id
    }

    pub(super) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> FinishStep {
        loop {
            match &mut self.state {
                State::BackingOff(until) if now >= *until => {
                    let call = Call::new(self.call.clone(), self.policy, self.rng.next_u64());
                    self.state = State::Finishing(Child::new(call));
                }
                State::BackingOff(until) => return FinishStep::Wants(Step::Wait(Some(*until))),
                State::Finishing(call) => match call.poll(now, ids) {
                    Polled::Done(Ok(version)) => return FinishStep::Done(Ok(Box::new(version))),
                    Polled::Done(Err(error)) => {
                        // Finishing a finished file is refused, so after a doubt a refusal is one more.
                        let refused = error.kind() == ErrorKind::BadRequest;
                        if !(error.is_ambiguous() || (self.doubtful && refused)) {
                            return FinishStep::Done(Err(error));
                        }
                        self.doubtful = true;
                        let look = GetFileInfo { file_id: self.call.file_id.clone() };
                        let call = Call::new(look, self.policy, self.rng.next_u64());
                        self.state = State::LookingUp(Child::new(call), error);
                    }
                    Polled::Wants(step) => return FinishStep::Wants(step),
                },
                State::LookingUp(call, doubt) => match call.poll(now, ids) {
                    Polled::Done(Ok(version)) if version.action == FileAction::Upload => {
                        return FinishStep::Done(Ok(Box::new(version)));
                    }
                    Polled::Done(Ok(_)) if self.call.part_sha1_array.is_empty() => {
                        return FinishStep::Gone;
                    }
                    Polled::Done(Err(error)) if self.call.part_sha1_array.is_empty() => {
                        return match error.kind() {
                            ErrorKind::FileNotPresent | ErrorKind::BadRequest => FinishStep::Gone,
                            _ => FinishStep::Done(Err(error)),
                        };
                    }
                    Polled::Done(Err(error))
                        if !matches!(
                            error.kind(),
                            ErrorKind::FileNotPresent
                                | ErrorKind::BadRequest
                                | ErrorKind::Unauthorized
                        ) =>
                    {
                        return FinishStep::Done(Err(error));
                    }
                    // It is not finished.
                    Polled::Done(_) => {
                        let doubt = doubt.clone();
                        self.attempts.sent();
                        match self.attempts.failed(now, doubt, true) {
                            Verdict::Again { at, .. } => self.state = State::BackingOff(at),
                            Verdict::Reauthorize | Verdict::WhenOnline(_) => {
                                self.state = State::BackingOff(now);
                            }
                            Verdict::Fail(error) => return FinishStep::Done(Err(error)),
                        }
                    }
                    Polled::Wants(step) => return FinishStep::Wants(step),
                },
            }
        }
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::Finishing(call) => drop(call.handle(now, task, input)),
            State::LookingUp(call, _) => drop(call.handle(now, task, input)),
            State::BackingOff(_) => {}
        }
    }
}
