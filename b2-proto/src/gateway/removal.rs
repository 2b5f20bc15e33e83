//! `b2_delete_file_version`: looks the version up before it is deleted.

use alloc::boxed::Box;
use core::ops::ControlFlow;

use super::refusal::Refusal;
use super::response::{self, Deleted};
use super::sequence::{CallSequence, SequenceStep, end};
use super::session::GatewaySession;
use crate::api::{DeleteFileVersion, GetFileInfo};
use crate::call::{Call, CallFactory};
use crate::machine::{Input, Machine, TaskId};
use crate::model::{FileAction, FileId, FileVersion};
use crate::time::Instant;

/// Looks a version up, checks it against the grant, and deletes it.
///
/// A signed id does not name the bucket, and the application's key may be for several, so the bucket is checked, too.
#[derive(Debug)]
pub(super) struct Removal {
    session: GatewaySession,
    /// The id of the version, as the visitor knows it.
    signed_id: FileId,
    calls: CallFactory,
    state: State,
}

#[derive(Debug)]
enum State {
    LookingUp(Box<Call<GetFileInfo>>),
    Deleting(Box<Call<DeleteFileVersion>>),
}

impl Removal {
    pub(super) fn new(session: GatewaySession, id: FileId, signed_id: FileId) -> Self {
        let mut calls = session.calls();
        let state = State::LookingUp(Box::new(calls.call(GetFileInfo { file_id: id })));
        Self { session, signed_id, calls, state }
    }

    /// Begins to delete a version that may be deleted.
    fn found(&mut self, version: FileVersion) -> Result<(), Refusal> {
        let grant = &self.session.claims.grant;
        grant.check_bucket(&version.bucket_id)?;
        grant.check_prefix(&version.file_name)?;
        if !matches!(version.action, FileAction::Upload | FileAction::Copy | FileAction::Hide) {
            return Err(Refusal::bad_request(
                "this is not a stored file; unfinished ones are cancelled",
            ));
        }
        let delete = DeleteFileVersion::new(version.file_id, version.file_name);
        self.state = State::Deleting(Box::new(self.calls.call(delete)));
        Ok(())
    }
}

impl CallSequence for Removal {
    fn advance(&mut self, now: Instant) -> ControlFlow<SequenceStep> {
        match &mut self.state {
            State::LookingUp(call) => match call.poll(now).result()? {
                Ok(version) => match self.found(version) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(refusal) => end(Ok(refusal.into_response())),
                },
                Err(error) => end(Err(error)),
            },
            State::Deleting(call) => {
                let result = call.poll(now).result()?;
                end(result.map(|deleted| {
                    let file_id = self.signed_id.as_str();
                    response::json(200, &Deleted { file_id, file_name: &deleted.file_name })
                }))
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::LookingUp(call) => call.handle(now, task, input),
            State::Deleting(call) => call.handle(now, task, input),
        }
    }
}
