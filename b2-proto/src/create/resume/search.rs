//! Finds an unfinished large file that an upload can continue.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::candidate::{ResumeCandidate, is_the_same_file};
use super::remote_file::RemoteFile;
use super::wanted::WantedParts;
use crate::api::{ListParts, ListUnfinishedLargeFiles, NewFile};
use crate::call::{Call, CallFactory, Retrying};
use crate::create::plan::PartContent;
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::list::Paginator;
use crate::machine::{Action, Input, Machine, Step, TaskId};
use crate::model::{BucketId, FileId, UnfinishedLargeFile};
use crate::time::Instant;

/// The number of unfinished files of one name that are considered.
const MAX_CANDIDATES: usize = 20;

/// The file to be created, to which unfinished files are compared.
#[derive(Debug)]
pub(crate) struct WantedFile {
    pub(crate) bucket_id: BucketId,
    pub(crate) file: NewFile,
    pub(crate) parts: WantedParts,
}

/// Considers the unfinished large files of one name, or the one of a checkpoint.
///
/// It chooses the candidate with the most matching bytes. A part of local bytes counts only if they have the SHA-1 that
/// B2 lists. A part that was copied counts, since the file info of the candidate identifies the plan; one with
/// downloaded pieces does not, since its SHA-1 is not known. With a key that may not list files, nothing is found.
#[derive(Debug)]
pub(crate) struct Search {
    wanted: WantedFile,
    calls: CallFactory,
    /// The number of parts that are hashed at once.
    parallel: usize,
    phase: Phase,
    /// At most [`MAX_CANDIDATES`], the next one first, each with the SHA-1 of the whole file that it carries.
    candidates: Vec<(FileId, Option<Sha1Digest>)>,
    best: Option<RemoteFile>,
}

#[derive(Debug)]
enum Phase {
    /// Lists the unfinished files.
    ListingFiles(Paginator<ListUnfinishedLargeFiles>, Box<Call<ListUnfinishedLargeFiles>>),
    /// Lists the parts of the next candidate.
    ListingParts(ResumeCandidate, Paginator<ListParts>, Box<Call<ListParts>>),
    /// Compares the local bytes with the SHA-1s of the parts.
    Verifying {
        /// The parts with the SHA-1s that B2 lists, without those that the local bytes do not have.
        remote: RemoteFile,
        /// The first part that was not considered.
        next: usize,
        running: Vec<(TaskId, usize)>,
    },
    Ended(Result<Option<RemoteFile>, Error>),
    Over,
}

impl Search {
    /// Creates a search among all unfinished files of the name.
    pub(crate) fn by_name(wanted: WantedFile, parallel: usize, mut calls: CallFactory) -> Self {
        let mut page = ListUnfinishedLargeFiles::new(wanted.bucket_id.clone());
        page.name_prefix = Some(wanted.file.file_name.clone());
        let call = Box::new(calls.call(page.clone()));
        Self::new(wanted, parallel, calls, Phase::ListingFiles(Paginator::new(page), call))
    }

    /// Creates a search that considers one unfinished file only. `sha1`: the SHA-1 of the whole file that it carries.
    pub(crate) fn by_id(
        wanted: WantedFile,
        parallel: usize,
        calls: CallFactory,
        file_id: FileId,
        sha1: Option<Sha1Digest>,
    ) -> Self {
        let mut search = Self::new(wanted, parallel, calls, Phase::Over);
        search.candidates.push((file_id, sha1));
        search.next_candidate();
        search
    }

    /// Creates a search that only compares the local bytes with the SHA-1s of these parts.
    pub(crate) fn compare(
        wanted: WantedFile,
        parallel: usize,
        calls: CallFactory,
        remote: RemoteFile,
    ) -> Self {
        Self::new(wanted, parallel, calls, verifying(remote))
    }

    fn new(wanted: WantedFile, parallel: usize, calls: CallFactory, phase: Phase) -> Self {
        let parallel = parallel.max(1);
        Self { wanted, calls, parallel, phase, candidates: Vec::new(), best: None }
    }

    fn next_candidate(&mut self) {
        if self.candidates.is_empty() {
            self.phase = match self.best.take() {
                Some(remote) => verifying(remote),
                None => Phase::Ended(Ok(None)),
            };
            return;
        }
        let (file_id, sha1) = self.candidates.remove(0);
        let page = ListParts::new(file_id.clone());
        let call = Box::new(self.calls.call(page.clone()));
        let candidate = ResumeCandidate::new(file_id, sha1);
        self.phase = Phase::ListingParts(candidate, Paginator::new(page), call);
    }

    fn end(&mut self, result: Result<Option<RemoteFile>, Error>) {
        self.phase = Phase::Ended(result);
    }

    fn took_files(&mut self, files: Vec<UnfinishedLargeFile>, more: bool) {
        let same = files.into_iter().filter(|file| is_the_same_file(&self.wanted.file, file));
        self.candidates.extend(same.map(|file| (file.file_id, file.file_info.large_file_sha1())));
        self.candidates.truncate(MAX_CANDIDATES);
        if !more {
            self.next_candidate();
        }
    }

    fn took_parts(&mut self, candidate: ResumeCandidate) {
        if let Some(remote) = candidate.fit(&self.wanted.parts)
            && self.best.as_ref().is_none_or(|best| remote.bytes() > best.bytes())
        {
            self.best = Some(remote);
        }
        self.next_candidate();
    }

    fn failed(&mut self, error: Error) {
        match error.kind() {
            // A key that may not list finds nothing: the upload starts a new file.
            ErrorKind::Unauthorized => self.end(Ok(None)),
            // The candidate was finished or cancelled meanwhile.
            kind if kind.may_be_over() && matches!(self.phase, Phase::ListingParts(..)) => {
                self.next_candidate();
            }
            _ => self.end(Err(error)),
        }
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Step<Option<RemoteFile>, Retrying> {
        loop {
            if let ControlFlow::Break(step) = self.advance(now) {
                return step;
            }
        }
    }

    /// Advances the phase, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<Option<RemoteFile>, Retrying>> {
        match &mut self.phase {
            Phase::ListingFiles(pages, call) => match call.poll(now).result()? {
                Ok(page) => {
                    let files = pages.take(page);
                    if let Some(error) = pages.problems().pop().filter(|_| pages.is_stuck()) {
                        self.failed(error);
                        return ControlFlow::Continue(());
                    }
                    let next = pages.next_page();
                    let more = next.is_some();
                    if let Some(page) = next {
                        **call = self.calls.call(page);
                    }
                    self.took_files(files, more);
                }
                Err(error) => self.failed(error),
            },
            Phase::ListingParts(candidate, pages, call) => match call.poll(now).result()? {
                Ok(page) => {
                    candidate.add(pages.take(page));
                    if let Some(error) = pages.problems().pop().filter(|_| pages.is_stuck()) {
                        self.failed(error);
                    } else if let Some(page) = pages.next_page() {
                        **call = self.calls.call(page);
                    } else {
                        let candidate = core::mem::take(candidate);
                        self.took_parts(candidate);
                    }
                }
                Err(error) => self.failed(error),
            },
            Phase::Verifying { remote, next, running } => {
                if running.len() < self.parallel
                    && let Some((part, listed)) = remote.parts.get_mut(*next)
                {
                    *next += 1;
                    match &part.content {
                        _ if listed.is_none() => {}
                        PartContent::Copy(_) => {}
                        PartContent::Mixed(_) => *listed = None,
                        PartContent::Local(spans) => {
                            let task = self.calls.ids().next();
                            running.push((task, *next - 1));
                            let digest = Action::Digest(spans.clone());
                            return ControlFlow::Break(Step::Start(task, digest));
                        }
                    }
                    return ControlFlow::Continue(());
                }
                if !running.is_empty() {
                    return ControlFlow::Break(Step::Wait(None));
                }
                let remote = core::mem::take(remote);
                self.end(Ok(Some(remote)));
            }
            Phase::Ended(_) => {
                if let Phase::Ended(result) = core::mem::replace(&mut self.phase, Phase::Over) {
                    return ControlFlow::Break(Step::Done(result));
                }
            }
            Phase::Over => return ControlFlow::Break(Step::Wait(None)),
        }
        ControlFlow::Continue(())
    }

    pub(crate) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.phase {
            Phase::ListingFiles(_, call) => call.handle(now, task, input),
            Phase::ListingParts(_, _, call) => call.handle(now, task, input),
            Phase::Verifying { remote, running, .. } => {
                let Some(at) = running.iter().position(|(known, ..)| *known == task) else {
                    return;
                };
                match input {
                    Input::Digest(local) => {
                        let (_, index) = running.swap_remove(at);
                        let listed = &mut remote.parts[index].1;
                        *listed = listed.filter(|listed| *listed == local);
                    }
                    Input::Failed(error) => {
                        self.end(Err(Error::from_failure(Target::Upload, &error)));
                    }
                    _ => {}
                }
            }
            Phase::Ended(_) | Phase::Over => {}
        }
    }
}

fn verifying(remote: RemoteFile) -> Phase {
    Phase::Verifying { remote, next: 0, running: Vec::new() }
}
