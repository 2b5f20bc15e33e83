//! `b2_copy_file` and `b2_copy_part`: looks the source up before B2 copies it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::ops::{ControlFlow, Range};

use super::file_ids::SealedId;
use super::refusal::Refusal;
use super::response::{self, PartOfFile};
use super::sequence::{CallSequence, SequenceStep, end};
use super::session::GatewaySession;
use super::uploads::DECLARED_SIZE;
use crate::account::UploadLimits;
use crate::api::{AUTO_CONTENT_TYPE, CopyFile, CopyPart, GetFileInfo, JsonEndpoint as _, NewFile};
use crate::call::{Call, CallFactory};
use crate::machine::{Input, Machine, TaskId};
use crate::model::{
    EncryptionSetting, FileAction, FileId, FileInfo, FileVersion, MetadataDirective,
};
use crate::time::Instant;

/// What a copy becomes.
#[derive(Debug)]
pub(super) enum Target {
    File(NewFileCopy),
    Part(NewPartCopy),
}

/// A copy that becomes a file.
#[derive(Debug)]
pub(super) struct NewFileCopy {
    /// The name under which it is stored.
    pub(super) name: String,
    /// `None`: those of the source.
    pub(super) metadata: Option<GivenMetadata>,
    pub(super) encryption: Option<EncryptionSetting>,
}

/// The metadata of a copy that does not have those of its source.
#[derive(Debug)]
pub(super) struct GivenMetadata {
    pub(super) content_type: String,
    pub(super) file_info: FileInfo,
}

/// A copy that becomes a part of an unfinished large file.
#[derive(Debug)]
pub(super) struct NewPartCopy {
    pub(super) large_file: SealedId,
    /// The signed id of the large file, as the visitor knows it.
    pub(super) signed_id: FileId,
    pub(super) number: u32,
}

/// Looks the source of a copy up, checks it, its range and its metadata against the grant, and copies it.
///
/// Versions do not change, so what was checked is what is copied. The metadata of a file are always sent, since those of
/// the source may have the mark of another owner, or headers of downloads that the grant does not permit.
#[derive(Debug)]
pub(super) struct Copy {
    session: GatewaySession,
    source: FileId,
    range: Option<Range<u64>>,
    target: Target,
    calls: CallFactory,
    state: State,
}

#[derive(Debug)]
enum State {
    LookingUp(Call<GetFileInfo>),
    CopyingFile(Box<Call<CopyFile>>),
    CopyingPart(Call<CopyPart>),
}

impl Copy {
    pub(super) fn new(
        session: GatewaySession,
        source: FileId,
        range: Option<Range<u64>>,
        target: Target,
    ) -> Self {
        let mut calls = session.calls();
        let state = State::LookingUp(calls.call(GetFileInfo { file_id: source.clone() }));
        Self { session, source, range, target, calls, state }
    }

    /// Begins to copy a source that may be copied.
    fn found(&mut self, version: FileVersion) -> Result<(), Refusal> {
        let size = self.check_source(&version)?;
        let grant = &self.session.claims.grant;
        let uploads = grant.may_upload()?;
        match &mut self.target {
            Target::File(file) => {
                uploads.check_size(size)?;
                let GivenMetadata { content_type, file_info } =
                    file.metadata.take().unwrap_or_else(|| metadata_of(version));
                uploads.check_type(&content_type)?;
                if uploads.declared_size(&file_info)?.is_some_and(|declared| declared != size) {
                    return Err(Refusal::bad_request(
                        "the copy has another size than was declared",
                    ));
                }
                let mut new = NewFile::new(file.name.clone());
                new.content_type = content_type;
                new.file_info = uploads.info_to_store(file_info, &self.session.mark())?;
                new.encryption = file.encryption.take();
                let mut copy = CopyFile::new(self.source.clone(), new);
                copy.destination_bucket_id = Some(grant.bucket.id.clone());
                copy.metadata_directive = MetadataDirective::Replace;
                copy.range = self.range.take();
                let call = self.calls.long_call(copy.timeout(), copy);
                self.state = State::CopyingFile(Box::new(call));
            }
            Target::Part(part) => {
                let SealedId { id, max_bytes, declared, .. } = &part.large_file;
                let most = uploads.max_bytes.min(*max_bytes).min(declared.unwrap_or(u64::MAX));
                let limits = UploadLimits::new(most, [""; 0]);
                limits.check_size(size).map_err(|error| Refusal::from_limits(&error))?;
                let mut copy = CopyPart::new(self.source.clone(), id.clone(), part.number);
                copy.range = self.range.take();
                let call = self.calls.long_call(copy.timeout(), copy);
                self.state = State::CopyingPart(call);
            }
        }
        Ok(())
    }

    /// Checks that the visitor may read the source, and returns the number of bytes to copy.
    fn check_source(&self, version: &FileVersion) -> Result<u64, Refusal> {
        let grant = &self.session.claims.grant;
        grant.check_bucket(&version.bucket_id)?;
        grant.check_prefix(&version.file_name)?;
        if !grant.download && !self.session.owns(&version.file_info) {
            return Err(Refusal::unauthorized(
                "without downloads, the grant is for copies of own uploads only",
            ));
        }
        if !matches!(version.action, FileAction::Upload | FileAction::Copy) {
            return Err(Refusal::bad_request("the source of the copy is not a finished file"));
        }
        let Some(range) = &self.range else {
            return Ok(version.size);
        };
        if range.is_empty() || range.end > version.size {
            return Err(Refusal::unsatisfiable_range(version.size));
        }
        Ok(range.end - range.start)
    }
}

/// Returns the metadata that a copy of this version gets. The size that was declared for the source is left out, since the
/// copy may be a range of it.
fn metadata_of(version: FileVersion) -> GivenMetadata {
    let content_type = version.content_type.unwrap_or_else(|| AUTO_CONTENT_TYPE.to_owned());
    let mut file_info = version.file_info;
    file_info.remove(DECLARED_SIZE);
    GivenMetadata { content_type, file_info }
}

impl CallSequence for Copy {
    fn advance(&mut self, now: Instant) -> ControlFlow<SequenceStep> {
        match &mut self.state {
            State::LookingUp(call) => match call.poll(now).result()? {
                Ok(version) => match self.found(version) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(refusal) => end(Ok(refusal.into_response())),
                },
                Err(error) => end(Err(error)),
            },
            State::CopyingFile(call) => {
                let result = call.poll(now).result()?;
                end(result.map(|version| {
                    let id = self.session.seal_stored(&version.file_id, &version.file_name);
                    response::json(200, &self.session.file(version, Some(id)))
                }))
            }
            State::CopyingPart(call) => {
                let result = call.poll(now).result()?;
                end(result.map(|part| {
                    let id = match &self.target {
                        Target::Part(target) => target.signed_id.as_str(),
                        Target::File(_) => "",
                    };
                    response::json(200, &PartOfFile::new(&part, id))
                }))
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::LookingUp(call) => call.handle(now, task, input),
            State::CopyingFile(call) => call.handle(now, task, input),
            State::CopyingPart(call) => call.handle(now, task, input),
        }
    }
}
