//! What B2 says of the files that a new file is made from.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::api::GetFileInfo;
use crate::call::{Call, CallFactory, Retrying};
use crate::create::plan::{CopySource, IntentSource, WriteIntent};
use crate::create::workers::name_source;
use crate::error::{Error, ErrorKind};
use crate::machine::{Input, Machine, Step, TaskId};
use crate::model::{EncryptionSetting, FileAction, FileId, FileVersion};
use crate::time::Instant;

/// Asks B2 for the versions that intents name by their id (`b2_get_file_info`), several at once.
#[derive(Debug)]
pub(super) struct SourceLookup {
    intents: Vec<WriteIntent>,
    calls: CallFactory,
    parallel: usize,
    /// The versions that are not asked for yet.
    waiting: Vec<FileId>,
    running: Vec<(FileId, Box<Call<GetFileInfo>>)>,
    found: BTreeMap<FileId, Box<FileVersion>>,
}

impl SourceLookup {
    /// Creates a lookup of the sources of these intents of which no version is known.
    pub(super) fn new(intents: Vec<WriteIntent>, parallel: usize, calls: CallFactory) -> Self {
        let unknown = |intent: &WriteIntent| match &intent.source {
            IntentSource::Remote(source) if source.version.is_none() => {
                Some(source.file_id.clone())
            }
            _ => None,
        };
        let mut waiting: Vec<FileId> = intents.iter().filter_map(unknown).collect();
        waiting.sort_unstable();
        waiting.dedup();
        let (running, found) = (Vec::new(), BTreeMap::new());
        Self { intents, calls, parallel: parallel.max(1), waiting, running, found }
    }

    /// Returns the intents with their versions, all of which are checked.
    pub(super) fn poll(&mut self, now: Instant) -> Step<Vec<WriteIntent>, Retrying> {
        while self.running.len() < self.parallel
            && let Some(file_id) = self.waiting.pop()
        {
            let call = self.calls.call(GetFileInfo { file_id: file_id.clone() });
            self.running.push((file_id, Box::new(call)));
        }
        let mut earliest: Option<Instant> = None;
        let mut at = 0;
        while at < self.running.len() {
            match self.running[at].1.poll(now).result() {
                ControlFlow::Break(Step::Wait(deadline)) => {
                    earliest = earliest.into_iter().chain(deadline).min();
                    at += 1;
                }
                ControlFlow::Break(step) => return step,
                ControlFlow::Continue(result) => {
                    let (file_id, _) = self.running.swap_remove(at);
                    match result {
                        Ok(version) => {
                            self.found.insert(file_id, Box::new(version));
                        }
                        // A key that may only write can copy from a public bucket, if the lengths are given.
                        Err(error)
                            if error.kind() == ErrorKind::Unauthorized
                                && self.has_len(&file_id) => {}
                        Err(error) => return Step::Done(Err(name_source(error, &file_id))),
                    }
                }
            }
        }
        if !self.running.is_empty() {
            return Step::Wait(earliest);
        }
        if !self.waiting.is_empty() {
            return self.poll(now);
        }
        let mut intents = core::mem::take(&mut self.intents);
        for intent in &mut intents {
            if let IntentSource::Remote(source) = &mut intent.source {
                if source.version.is_none() {
                    source.version = self.found.get(&source.file_id).cloned();
                }
                if let Err(error) = source.check() {
                    return Step::Done(Err(error));
                }
            }
        }
        Step::Done(Ok(intents))
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let running = self.running.iter_mut().find(|(_, call)| call.running() == Some(task));
        if let Some((_, call)) = running {
            call.handle(now, task, input);
        }
    }

    /// Returns the tasks that run.
    pub(super) fn running(&self) -> Vec<TaskId> {
        self.running.iter().filter_map(|(_, call)| call.running()).collect()
    }

    /// Returns whether every intent says how many bytes of this version it takes.
    fn has_len(&self, file_id: &FileId) -> bool {
        self.intents.iter().all(|intent| match &intent.source {
            IntentSource::Remote(source) => source.file_id != *file_id || source.length.is_some(),
            IntentSource::Local { .. } => true,
        })
    }
}

impl CopySource {
    /// Checks the range and the encryption against what is known of the version.
    pub(super) fn check(&self) -> Result<(), Error> {
        let invalid = |message| {
            Err(Error::new(ErrorKind::InvalidInput, message).with_subject(self.file_id.to_string()))
        };
        if let Some(encryption) = &self.encryption
            && !matches!(encryption, EncryptionSetting::SseB2 | EncryptionSetting::None)
        {
            encryption.check()?;
        }
        let Some(version) = &self.version else {
            return Ok(());
        };
        if version.action == FileAction::Start || version.action == FileAction::Hide {
            let message =
                format!("'{}' is not a finished file, so it cannot be copied", version.file_name);
            return invalid(message);
        }
        let end = self.offset.saturating_add(self.length.unwrap_or(0));
        if end > version.size || (self.length.is_none() && self.offset > version.size) {
            let message = format!(
                "the range {}..{end} is not within '{}', which has {} bytes",
                self.offset, version.file_name, version.size
            );
            return invalid(message);
        }
        let stored = &version.server_side_encryption;
        match (&self.encryption, stored) {
            (Some(given @ EncryptionSetting::SseC(_)), _)
                if given.same_as(stored) == Some(false) =>
            {
                let message = format!(
                    "'{}' is encrypted with another key than the SSE-C key that is given for it",
                    version.file_name
                );
                invalid(message)
            }
            (
                None | Some(EncryptionSetting::None | EncryptionSetting::SseB2),
                EncryptionSetting::SseC(_),
            ) => {
                let message = format!(
                    "'{}' is encrypted with an SSE-C key; give it as the encryption of the source",
                    version.file_name
                );
                invalid(message)
            }
            _ => Ok(()),
        }
    }
}
