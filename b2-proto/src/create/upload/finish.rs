//! Finishes a large file, also when the answer is lost on the way, or another process was faster.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::api::{FinishLargeFile, GetFileInfo};
use crate::call::{Call, Nested, RetryDecision, RetryState, TaskIds, Wish, cancelled};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Input, TaskId};
use crate::model::{FileAction, FileId, FileVersion};
use crate::retry::{RetryPolicy, Rng};
use crate::time::Instant;

/// Calls `b2_finish_large_file`. Where it is refused, or its answer is lost, `b2_get_file_info` tells what became of
/// the file (b2sdk defect D29: it took the second answer, an error, for the outcome).
#[derive(Debug)]
pub(super) struct Finish {
    expected: Expected,
    /// The SHA-1 of each part; none where the file is only looked up.
    sha1s: Vec<Sha1Digest>,
    policy: RetryPolicy,
    rng: Rng,
    attempts: RetryState,
    state: State,
}

/// The file that is to be finished, and what it must be then.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) file_id: FileId,
    pub(super) len: Option<u64>,
    /// Of the whole file, where it is known.
    pub(super) sha1: Option<Sha1Digest>,
}

/// What became of the file.
#[derive(Debug)]
pub(super) enum Finished {
    /// It is finished.
    Done(Box<FileVersion>),
    /// It is still unfinished, or was not finished by an earlier run.
    Not,
    /// It is no longer at B2.
    Gone(Error),
}

#[derive(Debug)]
enum State {
    Finishing(Call<FinishLargeFile>),
    /// After this error; without one, an earlier run may have finished it.
    LookingUp(Call<GetFileInfo>, Option<Error>),
    /// It is asked to be finished then: at once, or after a while.
    FinishAt(Instant),
    Ended(Result<Finished, Error>),
}

impl Finish {
    pub(super) fn new(
        expected: Expected,
        sha1s: Vec<Sha1Digest>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let mut rng = Rng::new(seed);
        let attempts = RetryState::new(policy, rng.next_u64());
        let state = State::FinishAt(Instant::default());
        Self { expected, sha1s, policy, rng, attempts, state }
    }

    /// Only looks the file up: after an error that its end would explain, or because an earlier run may have
    /// finished it.
    pub(super) fn look_up(
        expected: Expected,
        doubt: Option<Error>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let mut finish = Self::new(expected, Vec::new(), policy, seed);
        finish.state = finish.looking_up(doubt);
        finish
    }

    pub(super) fn file_id(&self) -> &FileId {
        &self.expected.file_id
    }

    /// How it ended, once.
    pub(super) fn result(&mut self) -> Result<Finished, Error> {
        match core::mem::replace(&mut self.state, State::Ended(Err(cancelled()))) {
            State::Ended(result) => result,
            _ => Err(cancelled()),
        }
    }

    fn looking_up(&mut self, doubt: Option<Error>) -> State {
        let look = GetFileInfo { file_id: self.expected.file_id.clone() };
        State::LookingUp(Call::new(look, self.policy, self.rng.next_u64()), doubt)
    }

    /// What comes after the answer of `b2_finish_large_file`.
    fn answered(&mut self, answer: Result<FileVersion, Error>) -> State {
        match answer {
            Ok(version) => State::Ended(Ok(Finished::Done(Box::new(version)))),
            // Finishing a finished file is refused, and so is finishing one that was cancelled.
            Err(error) if error.is_ambiguous() || may_be_over(&error) => {
                self.looking_up(Some(error))
            }
            Err(error) => State::Ended(Err(error)),
        }
    }

    /// What comes after the answer of `b2_get_file_info`.
    fn looked_up(
        &mut self,
        now: Instant,
        answer: Result<FileVersion, Error>,
        doubt: Option<Error>,
    ) -> State {
        let gone = match answer {
            Ok(version) if version.action == FileAction::Upload => {
                return State::Ended(self.expected.compare(version, doubt.as_ref()));
            }
            Ok(_) => false,
            Err(error) if may_be_over(&error) => true,
            // It cannot be looked up.
            Err(error) if error.kind() == ErrorKind::Unauthorized && doubt.is_some() => false,
            Err(error) => return State::Ended(Err(error)),
        };
        let Some(doubt) = doubt else {
            return State::Ended(Ok(Finished::Not));
        };
        if gone && !doubt.is_ambiguous() {
            return State::Ended(Ok(Finished::Gone(self.gone(doubt))));
        }
        if self.sha1s.is_empty() {
            return State::Ended(Err(doubt));
        }
        match self.attempts.failed(now, doubt, true) {
            RetryDecision::Again { at, .. } => State::FinishAt(at),
            RetryDecision::Reauthorize | RetryDecision::WhenOnline(_) => State::FinishAt(now),
            RetryDecision::Fail(error) => State::Ended(Err(error)),
        }
    }
}

impl Finish {
    /// The large file is no longer at B2.
    fn gone(&self, doubt: Error) -> Error {
        const HOW: &str =
            "the unfinished large file was cancelled by another process; start the upload again";
        if self.sha1s.is_empty() {
            return Error::new(ErrorKind::FileNotPresent, HOW);
        }
        // Whoever refused to finish it may have cancelled it for a reason, and said which.
        let said = doubt.message().trim_end_matches('.');
        let message = format!("{said}; {HOW}");
        doubt.with_message(message)
    }
}

impl Expected {
    /// Whether another process, or a request whose answer was lost, finished the file that was to be.
    ///
    /// B2 shows no SHA-1s of the parts of a finished file. Its parts were compared with the local bytes by whoever
    /// went on with it; what is left to compare are its size and the SHA-1 that it carries. Its id stands for its name,
    /// which a gateway may have chosen.
    fn compare(&self, version: FileVersion, doubt: Option<&Error>) -> Result<Finished, Error> {
        let sha1 = version.sha1().or(version.file_info.large_file_sha1());
        let differs = if self.len != Some(version.size) {
            let len = self.len.map_or("all that the stream has".to_owned(), |len| len.to_string());
            format!("{} bytes, not {len}", version.size)
        } else if let (Some(wanted), Some(sha1)) = (self.sha1, sha1)
            && wanted != sha1
        {
            format!("the SHA-1 {sha1}, not {wanted}")
        } else {
            return Ok(Finished::Done(Box::new(version)));
        };
        if doubt.is_none() {
            return Ok(Finished::Not);
        }
        let message = format!(
            "the large file was finished by another process with other content: it has {differs}; start the upload again"
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }
}

/// Whether the end of the large file would explain this refusal: it was finished, or cancelled.
pub(super) fn may_be_over(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadRequest | ErrorKind::FileNotPresent | ErrorKind::ResourceNotFound
    )
}

impl Nested for Finish {
    fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<Wish> {
        loop {
            self.state = match &mut self.state {
                State::FinishAt(until) if now >= *until => {
                    self.attempts.sent(now);
                    let call = FinishLargeFile {
                        file_id: self.expected.file_id.clone(),
                        part_sha1_array: self.sha1s.clone(),
                    };
                    State::Finishing(Call::new(call, self.policy, self.rng.next_u64()))
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
