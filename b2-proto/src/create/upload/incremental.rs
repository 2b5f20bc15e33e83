//! Incremental uploads: what the current version of the file has already is copied within B2.

use alloc::boxed::Box;
use alloc::string::String;

use super::{Phase, Upload};
use crate::api::{FileNamesPage, ListFileNames};
use crate::create::file::Content;
use crate::create::plan::{CopySource, WriteIntent};
use crate::create::resume::WantedParts;
use crate::create::whole_sha1::check_whole;
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Input, Origin, SourceId, Span, TaskId};
use crate::model::{EncryptionSetting, FileAction, FileInfo, FileVersion};

/// The number of pages of a listing in which the current version is looked for.
const MAX_PAGES: u32 = 10;

/// The comparison of the local bytes with the current version.
#[derive(Debug)]
pub(super) struct Comparison {
    current: Box<FileVersion>,
    /// The task that hashes as many local bytes as the current version has, and its result.
    start: (TaskId, Option<Sha1Digest>),
    /// The task that hashes all local bytes, and its result.
    whole: (TaskId, Option<Sha1Digest>),
}

impl Upload {
    /// Looks up the current version (`b2_list_file_names`).
    pub(super) fn look_up_current(&mut self) {
        self.list_from(self.file.file_name.clone(), 1);
    }

    fn list_from(&mut self, start: String, pages: u32) {
        let mut list = ListFileNames::new(self.bucket_id.clone());
        list.start_file_name = Some(start);
        list.prefix = Some(self.file.file_name.clone());
        list.max_file_count = Some(1);
        self.phase = Phase::LookingUpCurrent(Box::new(self.calls.call(list)), pages);
    }

    /// Takes the current version. If the content may begin with its bytes, both are compared.
    pub(super) fn current(&mut self, result: Result<FileNamesPage, Error>, pages: u32) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        let current = match result {
            // A page may be empty although there is another one.
            Ok(FileNamesPage { files, next_file_name: Some(next), .. })
                if files.is_empty() && pages < MAX_PAGES =>
            {
                return self.list_from(next, pages + 1);
            }
            Ok(page) => page.files.into_iter().next(),
            // With a key that may not list files, the whole file is uploaded.
            Err(error) if error.kind() == ErrorKind::Unauthorized => None,
            Err(error) => return self.end(Err(error)),
        };
        match current.filter(|version| self.may_begin_with(version, len)) {
            Some(current) => {
                let start = self.digest(source, current.size);
                let whole = if current.size == len { start } else { self.digest(source, len) };
                let current = Box::new(current);
                let comparison = Comparison { current, start: (start, None), whole: (whole, None) };
                self.phase = Phase::ComparingCurrent(comparison);
            }
            None => self.upload_whole(None),
        }
    }

    /// Returns whether the content can begin with the bytes of a version, and those can be copied.
    fn may_begin_with(&self, version: &FileVersion, len: u64) -> bool {
        let is_readable = match &version.server_side_encryption {
            EncryptionSetting::SseC(_) => {
                let given = self.file.encryption.as_ref();
                given.is_some_and(|given| {
                    given.same_as(&version.server_side_encryption) == Some(true)
                })
            }
            _ => true,
        };
        version.file_name == self.file.file_name
            && version.action == FileAction::Upload
            && (self.limits.min..=len).contains(&version.size)
            && version.sha1().is_some()
            && is_readable
    }

    fn digest(&mut self, source: SourceId, len: u64) -> TaskId {
        let task = self.ids.next();
        let span = Span { origin: Origin::Source(source), range: 0..len };
        self.steps.start(task, Action::Digest(vec![span]));
        task
    }

    /// Takes the outcome of hashing local bytes.
    pub(super) fn hashed(&mut self, task: TaskId, input: Input) {
        let Phase::ComparingCurrent(comparison) = &mut self.phase else {
            return;
        };
        if task != comparison.start.0 && task != comparison.whole.0 {
            return;
        }
        match input {
            Input::Digest(sha1) => {
                for (known, result) in [&mut comparison.start, &mut comparison.whole] {
                    if *known == task {
                        *result = Some(sha1);
                    }
                }
                if let (Some(start), Some(whole)) = (comparison.start.1, comparison.whole.1) {
                    let current = comparison.current.clone();
                    self.compared_with_current(current, start, whole);
                }
            }
            Input::Failed(failure) => {
                self.end(Err(Error::from_failure(Target::Upload, &failure)));
            }
            _ => {}
        }
    }

    fn compared_with_current(
        &mut self,
        current: Box<FileVersion>,
        start: Sha1Digest,
        whole: Sha1Digest,
    ) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        if let Some(given) = self.given.take().filter(|_| self.options.verify_sha1)
            && let Err(error) = check_whole(given, Some(whole))
        {
            return self.end(Err(error));
        }
        if current.sha1() != Some(start) {
            return self.upload_whole(Some(whole));
        }
        let size = current.size;
        let mut copied = CopySource::from(*current);
        copied.encryption.clone_from(&self.file.encryption);
        let mut intents = vec![WriteIntent::remote(copied)];
        if size < len {
            intents.push(WriteIntent::local(source, size..len));
        }
        // The next upload can be incremental only if the SHA-1 is known.
        self.file.file_info.insert(FileInfo::LARGE_FILE_SHA1, whole.to_hex());
        self.options.whole_sha1 = false;
        self.plan(intents);
    }

    /// Uploads the whole content, whose SHA-1 may be known.
    fn upload_whole(&mut self, sha1: Option<Sha1Digest>) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        if let Some(sha1) = sha1 {
            self.given = Some(sha1);
            self.options.verify_sha1 = false;
        } else {
            // The next upload can be incremental only if the SHA-1 is known.
            self.options.whole_sha1 = true;
        }
        self.source_planned(WantedParts::Source { source, len, limits: self.limits });
    }
}
