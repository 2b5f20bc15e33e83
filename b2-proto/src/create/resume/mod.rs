//! Finds an unfinished large file that an upload can go on with.

mod candidate;

use alloc::vec::Vec;
use core::ops::Range;

use candidate::{Candidate, is_the_same_file};

use crate::api::{ListParts, ListUnfinishedLargeFiles};
use crate::call::{Call, Nested, TaskIds, Wish, cancelled};
use crate::create::file::NewFile;
use crate::create::plan::PartLimits;
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::list::Walk;
use crate::machine::{Action, Input, Origin, SourceId, Span, TaskId};
use crate::model::{FileId, UnfinishedLargeFile};
use crate::retry::{RetryPolicy, Rng};
use crate::time::Instant;

/// More unfinished files of one name are not looked into.
const MAX_CANDIDATES: usize = 20;

/// An unfinished large file to go on with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) file_id: FileId,
    /// The SHA-1 of the whole file that it was begun with.
    pub(crate) sha1: Option<Sha1Digest>,
    /// The parts of the file; those of the unfinished one are among them. With its SHA-1 each that B2 has and
    /// whose bytes are the local ones.
    pub(crate) parts: Vec<(Range<u64>, Option<Sha1Digest>)>,
}

impl Found {
    /// Whether B2 has every part.
    pub(crate) fn is_complete(&self) -> bool {
        self.parts.iter().all(|(_, sha1)| sha1.is_some())
    }

    /// How many bytes need not be sent again.
    fn bytes(&self) -> u64 {
        let there = self.parts.iter().filter(|(_, sha1)| sha1.is_some());
        there.map(|(range, _)| range.end - range.start).sum()
    }
}

/// Looks through the unfinished large files of one name, or at the one of a checkpoint.
///
/// It takes the candidate with the most matching bytes, and believes a part only after the local bytes
/// have shown the SHA-1 that B2 lists. A key that may not list files finds nothing.
#[derive(Debug)]
pub(crate) struct Search {
    file: NewFile,
    len: u64,
    source: SourceId,
    limits: PartLimits,
    policy: RetryPolicy,
    rng: Rng,
    parallel: usize,
    phase: Phase,
    /// At most [`MAX_CANDIDATES`], the next one first.
    candidates: Vec<(FileId, Option<Sha1Digest>)>,
    best: Option<Found>,
}

#[derive(Debug)]
enum Phase {
    /// Which unfinished files are there?
    Files(Walk<ListUnfinishedLargeFiles>, Call<ListUnfinishedLargeFiles>),
    /// Which parts does the next candidate have?
    Parts(Candidate, Walk<ListParts>, Call<ListParts>),
    /// Are the local bytes the same?
    Verify {
        /// With the SHA-1s that B2 lists; it loses those that the local bytes do not have.
        found: Found,
        /// The first part that was not looked at.
        next: usize,
        running: Vec<(TaskId, usize)>,
    },
    Ended(Result<Option<Found>, Error>),
    Over,
}

impl Search {
    /// A search by name.
    pub(crate) fn by_name(
        file: NewFile,
        source: SourceId,
        len: u64,
        limits: PartLimits,
        policy: RetryPolicy,
        parallel: usize,
        seed: u64,
    ) -> Self {
        let mut page = ListUnfinishedLargeFiles::new(file.bucket_id.clone());
        page.name_prefix = Some(file.name.clone());
        let mut rng = Rng::new(seed);
        let call = Call::new(page.clone(), policy, rng.next_u64());
        Self {
            phase: Phase::Files(Walk::new(page), call),
            file,
            len,
            source,
            limits,
            policy,
            rng,
            parallel: parallel.max(1),
            candidates: Vec::new(),
            best: None,
        }
    }

    /// The same, looking only at one unfinished file, which was begun with this SHA-1 of the whole file.
    pub(crate) fn only(mut self, file_id: FileId, sha1: Option<Sha1Digest>) -> Self {
        self.candidates.push((file_id, sha1));
        self.next_candidate();
        self
    }

    /// The same, only comparing the local bytes with the SHA-1s of these parts.
    pub(crate) fn compare(mut self, found: Found) -> Self {
        self.best = Some(found);
        self.verify();
        self
    }

    fn next_candidate(&mut self) {
        if self.candidates.is_empty() {
            return self.verify();
        }
        let (file_id, sha1) = self.candidates.remove(0);
        let page = ListParts::new(file_id.clone());
        let call = Call::new(page.clone(), self.policy, self.rng.next_u64());
        self.phase = Phase::Parts(Candidate::new(file_id, sha1), Walk::new(page), call);
    }

    fn verify(&mut self) {
        self.phase = match self.best.take() {
            Some(found) => Phase::Verify { found, next: 0, running: Vec::new() },
            None => Phase::Ended(Ok(None)),
        };
    }

    fn end(&mut self, result: Result<Option<Found>, Error>) {
        self.phase = Phase::Ended(result);
    }

    /// What was found, once.
    pub(crate) fn result(&mut self) -> Result<Option<Found>, Error> {
        match core::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Ended(result) => result,
            _ => Err(cancelled()),
        }
    }

    fn took_files(&mut self, files: Vec<UnfinishedLargeFile>, more: bool) {
        let same = files.into_iter().filter(|file| is_the_same_file(&self.file, file));
        self.candidates.extend(same.map(|file| (file.file_id, file.file_info.large_file_sha1())));
        self.candidates.truncate(MAX_CANDIDATES);
        if !more {
            self.next_candidate();
        }
    }

    fn took_parts(&mut self, candidate: Candidate) {
        if let Some(found) = candidate.fit(self.len, &self.limits)
            && self.best.as_ref().is_none_or(|best| found.bytes() > best.bytes())
        {
            self.best = Some(found);
        }
        self.next_candidate();
    }

    fn failed(&mut self, error: Error) {
        match error.kind() {
            // What cannot be looked for is not found: the upload goes on without.
            ErrorKind::Unauthorized => self.end(Ok(None)),
            // The candidate was finished or cancelled meanwhile.
            ErrorKind::FileNotPresent | ErrorKind::BadRequest | ErrorKind::ResourceNotFound
                if matches!(self.phase, Phase::Parts(..)) =>
            {
                self.next_candidate();
            }
            _ => self.end(Err(error)),
        }
    }
}

impl Nested for Search {
    fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<Wish> {
        loop {
            match &mut self.phase {
                Phase::Files(walk, call) => {
                    if let Some(wish) = call.poll(now, ids) {
                        return Some(wish);
                    }
                    match call.result() {
                        Ok(page) => {
                            let files = walk.take(page);
                            if let Some(error) = walk.problems().pop().filter(|_| walk.is_stuck()) {
                                self.failed(error);
                                continue;
                            }
                            let next = walk.next_page();
                            let more = next.is_some();
                            if let Some(page) = next {
                                *call = Call::new(page, self.policy, self.rng.next_u64());
                            }
                            self.took_files(files, more);
                        }
                        Err(error) => self.failed(error),
                    }
                }
                Phase::Parts(candidate, walk, call) => {
                    if let Some(wish) = call.poll(now, ids) {
                        return Some(wish);
                    }
                    match call.result() {
                        Ok(page) => {
                            candidate.add(walk.take(page));
                            if let Some(error) = walk.problems().pop().filter(|_| walk.is_stuck()) {
                                self.failed(error);
                                continue;
                            }
                            if let Some(page) = walk.next_page() {
                                *call = Call::new(page, self.policy, self.rng.next_u64());
                            } else {
                                let candidate = core::mem::take(candidate);
                                self.took_parts(candidate);
                            }
                        }
                        Err(error) => self.failed(error),
                    }
                }
                Phase::Verify { found, next, running } => {
                    if running.len() < self.parallel
                        && let Some((range, listed)) = found.parts.get(*next)
                    {
                        *next += 1;
                        if listed.is_none() {
                            continue;
                        }
                        let task = ids.next();
                        running.push((task, *next - 1));
                        let span =
                            Span { origin: Origin::Source(self.source), range: range.clone() };
                        return Some(Wish::Start(task, Action::Digest(vec![span])));
                    }
                    if !running.is_empty() {
                        return Some(Wish::Wait(None));
                    }
                    let found = core::mem::take(found);
                    self.end(Ok(Some(found)));
                }
                Phase::Ended(_) => return None,
                Phase::Over => return Some(Wish::Wait(None)),
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.phase {
            Phase::Files(_, call) => call.handle(now, task, input),
            Phase::Parts(_, _, call) => call.handle(now, task, input),
            Phase::Verify { found, running, .. } => {
                let Some(at) = running.iter().position(|(known, ..)| *known == task) else {
                    return;
                };
                match input {
                    Input::Digest(local) => {
                        let (_, index) = running.swap_remove(at);
                        let listed = &mut found.parts[index].1;
                        *listed = listed.filter(|listed| *listed == local);
                    }
                    Input::Failed(failure) => {
                        self.end(Err(Error::from_failure(Target::Upload, &failure)));
                    }
                    _ => {}
                }
            }
            Phase::Ended(_) | Phase::Over => {}
        }
    }
}
