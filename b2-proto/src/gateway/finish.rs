//! `b2_finish_large_file`: checks the uploaded parts before the file is finished.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::file_ids::SealedId;
use super::refusal::Refusal;
use super::response;
use super::sequence::{CallSequence, SequenceStep, end};
use super::session::GatewaySession;
use crate::api::{CancelLargeFile, FinishLargeFile, GetFileInfo, ListParts};
use crate::call::{Call, CallFactory};
use crate::error::Error;
use crate::hash::Sha1Digest;
use crate::list::Paginator;
use crate::machine::{Input, Machine, TaskId};
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
}

impl Finish {
    pub(super) fn new(
        session: GatewaySession,
        sealed: SealedId,
        signed_id: FileId,
        sha1s: Vec<Sha1Digest>,
    ) -> Self {
        let mut calls = session.calls();
        let mut page = ListParts::new(sealed.id.clone());
        page.max_part_count = Some(1_000);
        let call = calls.call(page.clone());
        let state = State::Listing { walk: Paginator::new(page), call, parts: BTreeMap::new() };
        Self { session, sealed, signed_id, sha1s, calls, state }
    }

    fn finished(&self, version: FileVersion) -> ControlFlow<SequenceStep> {
        let file = self.session.file(version, Some(self.signed_id.as_str().to_owned()));
        end(Ok(response::json(200, &file)))
    }

    fn listed(
        &mut self,
        parts: &BTreeMap<u32, (u64, Option<Sha1Digest>)>,
    ) -> ControlFlow<SequenceStep> {
        let total = parts.values().fold(0_u64, |sum, (size, _)| sum.saturating_add(*size));
        if let Some(refusal) = self.check_total(total) {
            let cancel = CancelLargeFile { file_id: self.sealed.id.clone() };
            let call = self.calls.call(cancel);
            self.state = State::Cancelling(call, refusal);
        } else if let Some(refusal) = self.check_parts(parts) {
            return end(Ok(refusal.into_response()));
        } else {
            let finish = FinishLargeFile {
                file_id: self.sealed.id.clone(),
                part_sha1_array: self.sha1s.clone(),
            };
            let call = self.calls.call(finish);
            self.state = State::Finishing(call);
        }
        ControlFlow::Continue(())
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

    /// Finds out whether the file is finished already. If it is not, `otherwise` is the result.
    fn look_up(&mut self, otherwise: Error) {
        let look = GetFileInfo { file_id: self.sealed.id.clone() };
        let call = self.calls.call(look);
        self.state = State::LookingUp(call, otherwise);
    }
}

impl CallSequence for Finish {
    fn advance(&mut self, now: Instant) -> ControlFlow<SequenceStep> {
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
                        return self.listed(&parts);
                    }
                }
                Err(error) if error.kind().may_be_over() => self.look_up(error),
                Err(error) => return end(Err(error)),
            },
            // If the file could not be cancelled, it is not finished either; the bucket's lifecycle rule removes it.
            State::Cancelling(call, refusal) => {
                let _ = call.poll(now).result()?;
                return end(Ok(refusal.clone().into_response()));
            }
            State::Finishing(call) => match call.poll(now).result()? {
                Ok(version) => return self.finished(version),
                Err(error) if error.is_ambiguous() || error.kind().may_be_over() => {
                    self.look_up(error);
                }
                Err(error) => return end(Err(error)),
            },
            State::LookingUp(call, otherwise) => match call.poll(now).result()? {
                Ok(version) if version.action == FileAction::Upload => {
                    return self.finished(version);
                }
                Err(error) if !error.kind().may_be_over() => return end(Err(error)),
                _ => return end(Err(otherwise.clone())),
            },
        }
        ControlFlow::Continue(())
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::Listing { call, .. } => call.handle(now, task, input),
            State::Cancelling(call, _) => call.handle(now, task, input),
            State::Finishing(call) => call.handle(now, task, input),
            State::LookingUp(call, _) => call.handle(now, task, input),
        }
    }
}
