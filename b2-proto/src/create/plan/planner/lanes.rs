//! Which intent gives which bytes, where intents overlap.
//!
//! Uploads and copies have a lane each, which remembers at most two intents: the one in use, and the one that reaches
//! furthest of those that begin before the one in use ends. A lane changes from one to the next as late as it can. A copy is
//! used until it is long enough for `b2_copy_part`, and a copy that is long enough is preferred to an upload.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Known;
use crate::error::{Error, ErrorKind};

/// A piece of one intent, from where the piece before ends.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) intent: Arc<Known>,
    pub(super) end: u64,
}

/// A piece that a lane offers.
#[derive(Clone, Debug)]
struct Offer {
    intent: Arc<Known>,
    end: u64,
    /// Whether it is long enough to be used as it is.
    is_protected: bool,
}

/// Decides which intent gives which bytes.
#[derive(Debug)]
pub(super) struct Overlaps {
    uploads: Lane,
    copies: Lane,
    /// The offset up to which it is decided.
    decided: u64,
}

impl Overlaps {
    pub(super) fn new(min_part: u64) -> Self {
        Self { uploads: Lane::new(0), copies: Lane::new(min_part), decided: 0 }
    }

    /// Takes the next intent. Returns what is decided by its offset.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if there are bytes before it that no intent gives.
    pub(super) fn push(&mut self, intent: Arc<Known>) -> Result<Vec<Fragment>, Error> {
        let start = intent.range.start;
        let fragments = self.advance(Some(start));
        if self.decided < start {
            let message = format!(
                "nothing gives the bytes {}..{start} of the new file; add a source for them, or move the next one",
                self.decided
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        if intent.is_remote() {
            self.copies.push(intent);
        } else {
            self.uploads.push(intent);
        }
        Ok(fragments)
    }

    /// Takes the end of the intents. Returns the rest.
    pub(super) fn finish(&mut self) -> Vec<Fragment> {
        self.advance(None)
    }

    /// Merges what the lanes offer before the next intent begins.
    fn advance(&mut self, incoming: Option<u64>) -> Vec<Fragment> {
        let mut fragments = Vec::new();
        let mut uploads = self.uploads.advance(self.decided, incoming);
        let mut copies = self.copies.advance(self.decided, incoming);
        loop {
            let (intent, end) = match (uploads.front(), copies.front()) {
                (Some(upload), Some(copy)) => {
                    let chosen = if copy.is_protected { copy } else { upload };
                    (chosen.intent.clone(), upload.end.min(copy.end))
                }
                (Some(only), None) | (None, Some(only)) => (only.intent.clone(), only.end),
                (None, None) => return fragments,
            };
            for lane in [&mut uploads, &mut copies] {
                while lane.front().is_some_and(|offer| offer.end <= end) {
                    lane.pop_front();
                }
            }
            if end > self.decided {
                self.decided = end;
                fragments.push(Fragment { intent, end });
            }
        }
    }
}

/// The intents of one kind.
#[derive(Debug)]
struct Lane {
    /// The least length of a piece.
    least: u64,
    /// The intent in use, and the offset from which it is.
    current: Option<(Arc<Known>, u64)>,
    next: Option<Arc<Known>>,
}

impl Lane {
    fn new(least: u64) -> Self {
        Self { least, current: None, next: None }
    }

    /// Takes an intent, unless another one reaches further.
    fn push(&mut self, intent: Arc<Known>) {
        let end = intent.range.end;
        let current = self.current.as_ref().map(|(current, _)| current);
        let reaches_further =
            |other: Option<&Arc<Known>>| other.is_none_or(|other| end > other.range.end);
        if reaches_further(current) && reaches_further(self.next.as_ref()) {
            self.next = Some(intent);
        }
    }

    /// Returns what the lane offers from `decided` on, before the next intent begins at `incoming`.
    fn advance(&mut self, mut decided: u64, incoming: Option<u64>) -> VecDeque<Offer> {
        let mut offers = VecDeque::new();
        self.current = self.current.take().filter(|(current, _)| current.range.end > decided);
        let next_end = self.next.as_ref().map(|next| next.range.end);
        let current_end = self.current.as_ref().map(|(current, _)| current.range.end);
        let Some(horizon) = incoming.or(next_end).or(current_end) else {
            return offers;
        };
        if self.current.is_none()
            && let Some(next) =
                self.next.take_if(|next| incoming.is_none() || next.range.start != horizon)
        {
            self.current = Some((next, decided));
        }
        if let Some((current, start)) = &self.current
            && let Some(next) = self.next.take_if(|_| horizon > current.range.end)
        {
            let (end, used) = (current.range.end, decided - start);
            // The piece in use is made long enough, unless it cannot be.
            if end - start >= self.least && used < self.least {
                let mut cut = decided + (self.least - used);
                if next.range.end.saturating_sub(cut) < self.least {
                    cut = end;
                }
                offers.push_back(Offer { intent: current.clone(), end: cut, is_protected: true });
                decided = cut;
            }
            self.current = Some((next, decided));
        }
        if let Some((current, start)) = &self.current {
            let end = current.range.end;
            offers.push_back(Offer {
                intent: current.clone(),
                end: horizon.min(end),
                is_protected: end.saturating_sub(*start) >= self.least,
            });
        }
        offers
    }
}
