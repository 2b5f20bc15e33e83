//! Finishes a large file, also when the outcome of a request is unknown, or another process was faster.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::api::{FinishLargeFile, GetFileInfo};
use crate::call::{Call, CallFactory, RetryDecision, RetryState, Retrying};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Input, Machine, Step, TaskId};
use crate::model::{FileAction, FileId, FileVersion};
use crate::time::Instant;

/// Calls `b2_finish_large_file`. If it is refused, or its outcome is unknown, `b2_get_file_info` says whether the file
/// is finished (b2sdk defect D29: it took the response to the second attempt, an error, for the outcome).
#[derive(Debug)]
pub(super) struct Finish {
    expected: Expected,
    /// The SHA-1 of each part; none where the file is only looked up.
    sha1s: Vec<Sha1Digest>,
    calls: CallFactory,
    retry: RetryState,
    state: State,
}

/// The file to be finished, and what it must be then.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) file_id: FileId,
    pub(super) len: Option<u64>,
    /// The SHA-1 of the whole file, where it is known.
    pub(super) sha1: Option<Sha1Digest>,
}

/// The state of the file.
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
    /// Looks the file up after this error; without one, since an earlier run may have finished it.
    LookingUp(Call<GetFileInfo>, Option<Error>),
    /// `b2_finish_large_file` is called at this time.
    FinishAt(Instant),
    Ended(Result<Finished, Error>),
    Over,
}

impl Finish {
    pub(super) fn new(expected: Expected, sha1s: Vec<Sha1Digest>, mut calls: CallFactory) -> Self {
        let retry = calls.retry_state();
        let state = State::FinishAt(Instant::default());
        Self { expected, sha1s, calls, retry, state }
    }

    /// Creates a machine that only looks the file up: after an error that suggests that the file is no longer
    /// unfinished, or because an earlier run may have finished it.
    pub(super) fn look_up(expected: Expected, cause: Option<Error>, calls: CallFactory) -> Self {
        let mut finish = Self::new(expected, Vec::new(), calls);
        finish.state = finish.looking_up(cause);
        finish
    }

    pub(super) fn file_id(&self) -> &FileId {
        &self.expected.file_id
    }

    pub(super) fn poll(&mut self, now: Instant) -> Step<Finished, Retrying> {
        loop {
            if let ControlFlow::Break(step) = self.advance(now) {
                return step;
            }
        }
    }

    /// Advances the state, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<Finished, Retrying>> {
        self.state = match &mut self.state {
            State::FinishAt(until) if now >= *until => {
                self.retry.sent(now);
                let call = FinishLargeFile {
                    file_id: self.expected.file_id.clone(),
                    part_sha1_array: self.sha1s.clone(),
                };
                State::Finishing(self.calls.call(call))
            }
            State::FinishAt(until) => return ControlFlow::Break(Step::Wait(Some(*until))),
            State::Finishing(call) => {
                let result = call.poll(now).result()?;
                self.finished(result)
            }
            State::LookingUp(call, cause) => {
                let result = call.poll(now).result()?;
                let cause = cause.take();
                self.looked_up(now, result, cause)
            }
            State::Ended(_) | State::Over => {
                let ended = core::mem::replace(&mut self.state, State::Over);
                return ControlFlow::Break(match ended {
                    State::Ended(result) => Step::Done(result),
                    _ => Step::Wait(None),
                });
            }
        };
        ControlFlow::Continue(())
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::Finishing(call) => call.handle(now, task, input),
            State::LookingUp(call, _) => call.handle(now, task, input),
            State::FinishAt(_) | State::Ended(_) | State::Over => {}
        }
    }

    fn looking_up(&mut self, cause: Option<Error>) -> State {
        let look = GetFileInfo { file_id: self.expected.file_id.clone() };
        State::LookingUp(self.calls.call(look), cause)
    }

    /// Returns the state after `b2_finish_large_file`.
    fn finished(&mut self, result: Result<FileVersion, Error>) -> State {
        match result {
            Ok(version) => State::Ended(Ok(Finished::Done(Box::new(version)))),
            // Finishing a finished file is refused, and so is finishing one that was cancelled.
            Err(error) if error.is_ambiguous() || error.kind().may_be_over() => {
                self.looking_up(Some(error))
            }
            Err(error) => State::Ended(Err(error)),
        }
    }

    /// Returns the state after `b2_get_file_info`.
    fn looked_up(
        &mut self,
        now: Instant,
        result: Result<FileVersion, Error>,
        cause: Option<Error>,
    ) -> State {
        let gone = match result {
            Ok(version) if version.action == FileAction::Upload => {
                return State::Ended(self.expected.compare(version, cause.as_ref()));
            }
            Ok(_) => false,
            Err(error) if error.kind().may_be_over() => true,
            // It cannot be looked up.
            Err(error) if error.kind() == ErrorKind::Unauthorized && cause.is_some() => false,
            Err(error) => return State::Ended(Err(error)),
        };
        let Some(cause) = cause else {
            return State::Ended(Ok(Finished::Not));
        };
        if gone && !cause.is_ambiguous() {
            return State::Ended(Ok(Finished::Gone(self.gone(cause))));
        }
        if self.sha1s.is_empty() {
            return State::Ended(Err(cause));
        }
        match self.retry.failed(now, cause, true) {
            RetryDecision::Again { at, .. } => State::FinishAt(at),
            RetryDecision::Reauthorize | RetryDecision::WhenOnline(_) => State::FinishAt(now),
            RetryDecision::Fail(error) => State::Ended(Err(error)),
        }
    }

    /// Returns the error for a large file that is no longer at B2.
    fn gone(&self, cause: Error) -> Error {
        const HOW: &str =
            "the unfinished large file was cancelled by another process; start the upload again";
        if self.sha1s.is_empty() {
            return Error::new(ErrorKind::FileNotPresent, HOW);
        }
        // The service that refused to finish it may have cancelled it, and its message says why.
        let said = cause.message().trim_end_matches('.');
        let message = format!("{said}; {HOW}");
        cause.with_message(message)
    }
}

impl Expected {
    /// Returns whether the finished file is the expected one.
    ///
    /// B2 shows no SHA-1s of the parts of a finished file, and the process that finished it has compared them; what is
    /// left to compare are the size and the SHA-1 that the file carries. The id stands for the name, which a gateway may
    /// have chosen.
    fn compare(&self, version: FileVersion, cause: Option<&Error>) -> Result<Finished, Error> {
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
        if cause.is_none() {
            return Ok(Finished::Not);
        }
        let message = format!(
            "the large file was finished by another process with other content: it has {differs}; start the upload again"
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }
}
