//! Parts that B2 accepts, from pieces of intents.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::Known;
use super::lanes::Fragment;
use crate::create::plan::{MAX_PART_COUNT, PartContent, PartLimits, Piece, PlannedPart};

/// Bytes of one intent.
#[derive(Clone, Debug)]
struct Run {
    intent: Arc<Known>,
    range: Range<u64>,
}

/// Divides bytes into parts. Copies that are long enough are copied; everything else is uploaded.
#[derive(Debug)]
pub(super) struct PartBuilder {
    limits: PartLimits,
    /// Whether parts grow with their number, since the size of the file is not known.
    is_stream: bool,
    /// The run that the next fragment may extend.
    run: Option<Run>,
    /// Bytes that are to be uploaded and not divided yet.
    pending: Vec<Run>,
    /// The number of pending bytes.
    pending_len: u64,
    /// The number of parts so far.
    count: u64,
    /// Whether there was a run before the one at hand.
    is_begun: bool,
    end: u64,
}

impl PartBuilder {
    pub(super) fn new(limits: PartLimits, is_stream: bool) -> Self {
        Self {
            limits,
            is_stream,
            run: None,
            pending: Vec::new(),
            pending_len: 0,
            count: 0,
            is_begun: false,
            end: 0,
        }
    }

    /// Takes the next fragment. Returns the parts that are decided.
    pub(super) fn push(&mut self, fragment: Fragment) -> Vec<PlannedPart> {
        let range = self.end..fragment.end;
        self.end = fragment.end;
        if let Some(run) = &mut self.run
            && Arc::ptr_eq(&run.intent, &fragment.intent)
        {
            run.range.end = range.end;
            return Vec::new();
        }
        let before = self.run.replace(Run { intent: fragment.intent, range });
        let parts = before.map(|run| self.take(run, false)).unwrap_or_default();
        self.counted(parts)
    }

    /// Returns the rest.
    pub(super) fn finish(&mut self) -> Vec<PlannedPart> {
        let mut parts = self.run.take().map(|run| self.take(run, true)).unwrap_or_default();
        self.split(&mut parts, true);
        self.counted(parts)
    }

    fn counted(&mut self, parts: Vec<PlannedPart>) -> Vec<PlannedPart> {
        self.count += parts.len() as u64;
        parts
    }

    fn hold(&mut self, run: Run) {
        self.pending_len += run.range.end - run.range.start;
        self.pending.push(run);
    }

    /// Divides a run.
    fn take(&mut self, mut run: Run, is_last: bool) -> Vec<PlannedPart> {
        let mut parts = Vec::new();
        let is_only = is_last && !self.is_begun;
        self.is_begun = true;
        let len = run.range.end - run.range.start;
        if run.intent.is_remote() && is_only {
            // `b2_copy_file` has no minimum.
            self.copy(&run, &mut parts);
        } else if run.intent.is_remote() && len >= self.limits.min {
            // What comes before has to be long enough, and borrows the start of the copy if it is not.
            let missing = match self.pending_len {
                0 => 0,
                pending => self.limits.min.saturating_sub(pending),
            };
            if missing > 0 && len - missing < self.limits.min {
                self.hold(run);
                return parts;
            }
            if missing > 0 {
                let at = run.range.start + missing;
                let borrowed = Run { intent: run.intent.clone(), range: run.range.start..at };
                self.hold(borrowed);
                run.range.start = at;
            }
            self.split(&mut parts, true);
            self.copy(&run, &mut parts);
        } else {
            self.hold(run);
            self.split(&mut parts, false);
        }
        parts
    }

    /// Returns whether there are more parts than B2 allows, so that the plan fails and no more are needed.
    fn has_too_many(&self, parts: &[PlannedPart]) -> bool {
        self.count + parts.len() as u64 > MAX_PART_COUNT
    }

    /// Divides the pending bytes into parts that are uploaded. The last one may still grow, unless this is their end.
    fn split(&mut self, parts: &mut Vec<PlannedPart>, is_end: bool) {
        while !self.has_too_many(parts) {
            let len = self.pending_len;
            let number = self.count + parts.len() as u64 + 1;
            let size = match self.is_stream {
                true => self.limits.stream_part_size(number, self.limits.max),
                false => self.limits.recommended,
            };
            let size = size.max(1);
            if len >= size.saturating_add(self.limits.min) {
                parts.push(self.upload(size));
                continue;
            }
            if is_end && len > self.limits.max {
                parts.push(self.upload(len / 2));
                continue;
            }
            if is_end && len > 0 {
                parts.push(self.upload(len));
            }
            return;
        }
    }

    /// Takes the first `len` pending bytes as a part that is uploaded.
    fn upload(&mut self, len: u64) -> PlannedPart {
        let (mut pieces, mut missing, mut used) = (Vec::new(), len, 0);
        for run in &mut self.pending {
            let taken = (run.range.end - run.range.start).min(missing);
            if taken == 0 {
                break;
            }
            let range = run.range.start..run.range.start + taken;
            let piece = run.intent.local(&range).map(Piece::Local);
            pieces.extend(piece.or_else(|| run.intent.remote(&range).map(Piece::Remote)));
            run.range.start += taken;
            missing -= taken;
            used += usize::from(run.range.is_empty());
        }
        self.pending.drain(..used);
        self.pending_len -= len;
        let spans = pieces.iter().map(|piece| match piece {
            Piece::Local(span) => Some(span.clone()),
            Piece::Remote(_) => None,
        });
        let content = match spans.collect() {
            Some(spans) => PartContent::Local(spans),
            None => PartContent::Mixed(pieces),
        };
        PlannedPart { content, len }
    }

    /// Divides a run into parts that are copied, all of about the same size.
    fn copy(&self, run: &Run, parts: &mut Vec<PlannedPart>) {
        let (len, max) = (run.range.end - run.range.start, self.limits.max.max(1));
        let mut count = len.div_ceil(max).max(1);
        let last = match len % max {
            0 => max,
            rest => rest,
        };
        let smaller = len / (count + 1);
        if count > 1 && last < smaller && smaller >= self.limits.min {
            count += 1;
        }
        let mut start = run.range.start;
        for number in 0..count {
            if self.has_too_many(parts) {
                return;
            }
            let size = len / count + u64::from(number < len % count);
            let range = start..start + size;
            start = range.end;
            if let Some(remote) = run.intent.remote(&range) {
                parts.push(PlannedPart { content: PartContent::Copy(remote), len: size });
            }
        }
    }
}
