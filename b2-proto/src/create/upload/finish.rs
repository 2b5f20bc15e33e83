//! Finishes a large file, also when the answer is lost on the way.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::api::{FinishLargeFile, GetFileInfo};
use crate::call::{Attempts, Call, Nested, TaskIds, Verdict, Wish, cancelled};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Input, TaskId};
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
    Finishing(Call<FinishLargeFile>),
    LookingUp(Call<GetFileInfo>, Error),
    /// It is asked to be finished then: at once, or after a while.
    FinishAt(Instant),
    /// Without a version: there is no such file, so an earlier run did not finish it either.
    Ended(Result<Option<Box<FileVersion>>, Error>),
}

impl Finish {
    /// Without digests, the file may have been finished by an earlier run: it is only looked up.
    pub(super) fn new(
        file_id: FileId,
        sha1s: Vec<Sha1Digest>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let call = FinishLargeFile { file_id, part_sha1_array: sha1s };
        let only_look = call.part_sha1_array.is_empty();
        let mut rng = Rng::new(seed);
        let attempts = Attempts::new(policy, rng.next_u64());
        let state = State::FinishAt(Instant::default());
        let mut finish = Self { call, policy, rng, attempts, doubtful: only_look, state };
        if only_look {
            finish.state =
                finish.look_up(Error::new(ErrorKind::FileNotPresent, "no such large file"));
        }
        finish
    }

    pub(super) fn file_id(&self) -> &FileId {
        &self.call.file_id
    }

    /// How it ended: with the file version, or without if an earlier run was to finish it and did not. Once.
    pub(super) fn result(&mut self) -> Result<Option<Box<FileVersion>>, Error> {
        match core::mem::replace(&mut self.state, State::Ended(Err(cancelled()))) {
            State::Ended(result) => result,
            _ => Err(cancelled()),
        }
    }

    fn look_up(&mut self, doubt: Error) -> State {
        let look = GetFileInfo { file_id: self.call.file_id.clone() };
        State::LookingUp(Call::new(look, self.policy, self.rng.next_u64()), doubt)
    }

    /// What comes after the answer of `b2_finish_large_file`.
    fn answered(&mut self, answer: Result<FileVersion, Error>) -> State {
        match answer {
            Ok(version) => State::Ended(Ok(Some(Box::new(version)))),
            Err(error) => {
                // Finishing a finished file is refused, so after a doubt a refusal is one more.
                let refused = error.kind() == ErrorKind::BadRequest;
                if !(error.is_ambiguous() || (self.doubtful && refused)) {
                    return State::Ended(Err(error));
                }
                self.doubtful = true;
                self.look_up(error)
            }
        }
    }

    /// What comes after the answer of `b2_get_file_info`.
    fn looked_up(
        &mut self,
        now: Instant,
        answer: Result<FileVersion, Error>,
        doubt: Error,
    ) -> State {
        let only_look = self.call.part_sha1_array.is_empty();
        match answer {
            Ok(version) if version.action == FileAction::Upload => {
                return State::Ended(Ok(Some(Box::new(version))));
            }
            Ok(_) if only_look => return State::Ended(Ok(None)),
            Ok(_) => {}
            Err(error) => match error.kind() {
                ErrorKind::FileNotPresent | ErrorKind::BadRequest if only_look => {
                    return State::Ended(Ok(None));
                }
                ErrorKind::FileNotPresent | ErrorKind::BadRequest => {}
                ErrorKind::Unauthorized if !only_look => {}
                _ => return State::Ended(Err(error)),
            },
        }
        // It is not finished.
        match self.attempts.failed(now, doubt, true) {
            Verdict::Again { at, .. } => State::FinishAt(at),
            Verdict::Reauthorize | Verdict::WhenOnline(_) => State::FinishAt(now),
            Verdict::Fail(error) => State::Ended(Err(error)),
        }
    }
}

impl Nested for Finish {
    fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<Wish> {
        loop {
            self.state = match &mut self.state {
                State::FinishAt(until) if now >= *until => {
                    self.attempts.sent(now);
                    State::Finishing(Call::new(self.call.clone(), self.policy, self.rng.next_u64()))
                }
                State::FinishAt(until) => return Some(Wish::Wait(Some(*until))),
                State::Finishing(call) => {
                    if let Some(wish) = call.poll(now, ids) {
                        return Some(wish);
                    }
                    let answer = call.result();
                    self.answered(answer)
                }
                State::LookingUp(call, doubt) => {
                    if let Some(wish) = call.poll(now, ids) {
                        return Some(wish);
                    }
                    let (answer, doubt) = (call.result(), doubt.clone());
                    self.looked_up(now, answer, doubt)
                }
                State::Ended(_) => return None,
            };
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::Finishing(call) => call.handle(now, task, input),
            State::LookingUp(call, _) => call.handle(now, task, input),
            State::FinishAt(_) | State::Ended(_) => {}
        }
    }
}
