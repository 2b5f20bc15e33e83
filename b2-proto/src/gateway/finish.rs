//! `b2_finish_large_file`: checks the uploaded parts before the file is finished.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use bytes::Bytes;

use super::file_ids::SealedId;
use super::refusal::Refusal;
use super::response;
use super::session::GatewaySession;
use crate::api::{CancelLargeFile, FinishLargeFile, GetFileInfo, ListParts};
use crate::call::{Call, CallFactory, Retrying};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::http::Response;
use crate::list::Paginator;
use crate::machine::{Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled};
use crate::model::{FileAction, FileId, FileVersion, Part};
use crate::time::Instant;

/// Compares the parts at B2 with the grant and with the SHA-1s of the request, then finishes the file.
///
/// ```text
/// list the parts ──▶ finish ──▶ done
///   │      │ too large   │ outcome unknown, or no such unfinished file
///   │      ▼             ▼
///   │    cancel     get file info ──▶ it is finished: done
///   └── no such unfinished file ─▲ └▶ it is not: refused
/// ```
///
/// The file is finished with the SHA-1s that were listed, so B2 refuses it if a part is replaced between the two calls.
#[derive(Debug)]
pub(super) struct Finish {
    session: GatewaySession,
    sealed: SealedId,
    /// The signed id, as the visitor knows it.
    signed_id: FileId,
    sha1s: Vec<Sha1Digest>,
    calls: CallFactory,
    state: State,
    steps: StepQueue<Response<Bytes>, Retrying>,
}

#[derive(Debug)]
enum State {
    Listing {
        walk: Paginator<ListParts>,
        call: Call<ListParts>,
        parts: BTreeMap<u32, (u64, Option<Sha1Digest>)>,
    },
    Cancelling(Call<CancelLargeFile>, Refusal),
    Finishing(Call<FinishLargeFile>),
    /// The error is the result if the file is not finished.
    LookingUp(Call<GetFileInfo>, Error),
    Done,
}

impl Finish {
    pub(super) fn new(
        session: GatewaySession,
        sealed: SealedId,
        signed_id: FileId,
        sha1s: Vec<Sha1Digest>,
    ) -> Self {
        let ids = TaskIds::default();
        let mut calls = CallFactory::new(session.config.retry, session.seed, ids);
        let mut page = ListParts::new(sealed.id.clone());
        page.max_part_count = Some(1_000);
        let call = calls.call(page.clone());
        let state = State::Listing { walk: Paginator::new(page), call, parts: BTreeMap::new() };
        Self { session, sealed, signed_id, sha1s, calls, state, steps: StepQueue::default() }
    }

    fn end(&mut self, result: Result<Response<Bytes>, Error>) {
        self.state = State::Done;
        self.steps.done(result);
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.end(Ok(refusal.into_response()));
    }

    fn finished(&mut self, version: &FileVersion) {
        let file = self.session.file(version, Some(self.signed_id.as_str()));
        self.end(Ok(response::json(200, &file)));
    }

    fn listed(&mut self, parts: &BTreeMap<u32, (u64, Option<Sha1Digest>)>) {
        let total = parts.values().fold(0_u64, |sum, (size, _)| sum.saturating_add(*size));
        if let Some(refusal) = self.check_total(total) {
            let cancel = CancelLargeFile { file_id: self.sealed.id.clone() };
            let call = self.calls.call(cancel);
            self.state = State::Cancelling(call, refusal);
        } else if let Some(refusal) = self.check_parts(parts) {
            self.refuse(refusal);
        } else {
            let finish = FinishLargeFile {
                file_id: self.sealed.id.clone(),
                part_sha1_array: self.sha1s.clone(),
            };
            let call = self.calls.call(finish);
            self.state = State::Finishing(call);
        }
    }

    /// Checks the size against the grant and the declared size.
    fn check_total(&self, total: u64) -> Option<Refusal> {
        let granted = self.session.claims.grant.uploads.as_ref();
        let most = granted.map_or(0, |uploads| uploads.max_bytes).min(self.sealed.max_bytes);
        if total > most {
            return Some(Refusal::bad_request(format!(
                "the parts have {total} bytes, and the grant is for at most {most}; the file was cancelled"
            )));
        }
        let declared = self.sealed.declared.filter(|declared| *declared != total)?;
        Some(Refusal::bad_request(format!(
            "the parts have {total} bytes, and {declared} were declared; the file was cancelled"
        )))
    }

    /// Checks the parts against the SHA-1s of the request.
    fn check_parts(&self, parts: &BTreeMap<u32, (u64, Option<Sha1Digest>)>) -> Option<Refusal> {
        for (number, sha1) in (1..).zip(&self.sha1s) {
            match parts.get(&number) {
                None => {
                    let message = format!("part {number} is not there");
                    return Some(Refusal::part("missing_part", message));
                }
                Some((_, listed)) if *listed != Some(*sha1) => {
                    let message = format!("part {number} has another SHA-1");
                    return Some(Refusal::part("part_sha1_mismatch", message));
                }
                Some(_) => {}
            }
        }
        let more = parts.len() > self.sha1s.len();
        more.then(|| Refusal::bad_request("there are more parts than SHA-1s"))
    }

    /// Finds out whether the file is finished already; if not, `otherwise` is the result.
    fn look_up(&mut self, otherwise: Error) {
        let look = GetFileInfo { file_id: self.sealed.id.clone() };
        let call = self.calls.call(look);
        self.state = State::LookingUp(call, otherwise);
    }

    /// Advances the state, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<Response<Bytes>, Retrying>> {
        match &mut self.state {
            State::Listing { walk, call, parts } => match call.poll(now).result()? {
                Ok(page) => {
                    let size_and_sha1 = |part: Part| {
                        let sha1 = part.sha1();
                        (part.part_number, (part.content_length, sha1))
                    };
                    parts.extend(walk.take(page).into_iter().map(size_and_sha1));
                    if let Some(page) = walk.next_page() {
                        *call = self.calls.call(page);
                    } else {
                        let parts = core::mem::take(parts);
                        self.listed(&parts);
                    }
                }
                Err(error) if is_gone(&error) => self.look_up(error),
                Err(error) => self.end(Err(error)),
            },
            // If it could not be cancelled, it is not finished either; the bucket's lifecycle rule removes it.
            State::Cancelling(call, refusal) => {
                let _ = call.poll(now).result()?;
                let refusal = refusal.clone();
                self.refuse(refusal);
            }
            State::Finishing(call) => match call.poll(now).result()? {
                Ok(version) => self.finished(&version),
                Err(error) if error.is_ambiguous() || is_gone(&error) => {
                    self.look_up(error);
                }
                Err(error) => self.end(Err(error)),
            },
            State::LookingUp(call, otherwise) => match call.poll(now).result()? {
                Ok(version) if version.action == FileAction::Upload => {
                    self.finished(&version);
                }
                Err(error) if !is_gone(&error) => self.end(Err(error)),
                _ => {
                    let otherwise = otherwise.clone();
                    self.end(Err(otherwise));
                }
            },
            State::Done => return ControlFlow::Break(Step::Wait(None)),
        }
        ControlFlow::Continue(())
    }
}

/// Returns whether the error says that there is no such file, or no such unfinished file.
fn is_gone(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadRequest | ErrorKind::FileNotPresent | ErrorKind::ResourceNotFound
    )
}

impl Machine for Finish {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, Retrying> {
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
        match &mut self.state {
            State::Listing { call, .. } => call.handle(now, task, input),
            State::Cancelling(call, _) => call.handle(now, task, input),
            State::Finishing(call) => call.handle(now, task, input),
            State::LookingUp(call, _) => call.handle(now, task, input),
            State::Done => {}
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        self.steps.clear();
        self.end(Err(cancelled()));
    }
}
