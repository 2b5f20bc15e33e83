//! The parts of a synchronization that run on several machines.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::machine::NameRange;

/// A part of a synchronization: the names of a half-open range. It can run on any machine, any number of times.
///
/// ```
/// use b2_proto::sync::Shard;
///
/// let line = r#"{"source":"photos","destination":"b2://bucket/photos","start":"2026/","end":null,"estimate":1200}"#;
/// let shard: Shard = serde_json::from_str(line)?;
/// assert!(shard.range().contains("2026/ship.jpg") && !shard.range().contains("2025/ship.jpg"));
/// assert_eq!(serde_json::to_string(&shard)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// The folder that is read, as the caller names it.
    pub source: String,
    /// The folder that is changed, as the caller names it.
    pub destination: String,
    /// The first name. `None`: from the first of all.
    pub start: Option<String>,
    /// The name that ends the range and does not belong to it. `None`: up to the last of all.
    pub end: Option<String>,
    /// The approximate number of files in the source.
    pub estimate: u64,
}

impl Shard {
    /// Returns the range of names, for [`SyncOptions::range`](super::SyncOptions::range).
    #[must_use]
    pub fn range(&self) -> NameRange {
        NameRange::new(self.start.clone(), self.end.clone())
    }
}

/// The number of names that are held for each shard.
const MARKS_PER_SHARD: usize = 64;

/// Divides names that come in order into ranges of about the same number, in memory that depends only on the number of
/// ranges.
///
/// ```
/// use core::num::NonZeroU32;
///
/// use b2_proto::sync::{NameRange, ShardPlanner};
///
/// let mut planner = ShardPlanner::new(NonZeroU32::new(2).unwrap());
/// for name in ["a", "b", "c", "d"] {
///     planner.add(name);
/// }
/// let ranges = planner.finish();
/// let (first, second) = (NameRange::new(None, Some("c".into())), NameRange::new(Some("c".into()), None));
/// assert_eq!(ranges, [(first, 2), (second, 2)]);
/// ```
#[derive(Debug)]
pub struct ShardPlanner {
    shards: usize,
    /// Every so many names, one is held.
    every: u64,
    names: u64,
    marks: Vec<String>,
}

impl ShardPlanner {
    /// Creates a planner of at most this number of shards.
    #[must_use]
    pub fn new(shards: NonZeroU32) -> Self {
        Self { shards: shards.get() as usize, every: 1, names: 0, marks: Vec::new() }
    }

    /// Adds the next name.
    pub fn add(&mut self, name: &str) {
        if self.names.is_multiple_of(self.every) {
            self.marks.push(name.to_owned());
            if self.marks.len() >= 2 * MARKS_PER_SHARD * self.shards {
                let mut number = 0_usize;
                self.marks.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.every *= 2;
            }
        }
        self.names += 1;
    }

    /// Returns the ranges, which cover all names, each with the approximate number of its names. There are fewer than
    /// wanted if there are fewer names.
    #[must_use]
    pub fn finish(self) -> Vec<(NameRange, u64)> {
        // Of the mark at which each shard begins, its place among the marks.
        let mut starts: Vec<usize> =
            (0..self.shards).map(|shard| shard * self.marks.len() / self.shards).collect();
        starts.dedup();
        let place_of = |mark: usize| (mark as u64 * self.every).min(self.names);
        let ranges = starts.iter().enumerate().map(|(number, &mark)| {
            let next = starts.get(number + 1).copied();
            let start = self.marks.get(mark).filter(|_| number > 0).cloned();
            let end = next.and_then(|next| self.marks.get(next)).cloned();
            let names = next.map_or(self.names, place_of) - place_of(mark);
            (NameRange::new(start, end), names)
        });
        ranges.collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_cover_all_names_once_and_evenly(shards in 1_u32..20, names in 0_usize..20_000) {
            let mut planner = ShardPlanner::new(NonZeroU32::new(shards).unwrap());
            let names: Vec<String> = (0..names).map(|number| format!("{number:06}")).collect();
            names.iter().for_each(|name| planner.add(name));
            let held = planner.marks.len();
            prop_assert!(held <= 2 * MARKS_PER_SHARD * shards as usize);
            let ranges = planner.finish();
            prop_assert!(ranges.len() <= shards as usize);
            prop_assert_eq!(ranges.len(), names.len().clamp(1, shards as usize));
            let count = |range: &NameRange| names.iter().filter(|name| range.contains(name)).count();
            prop_assert_eq!(ranges.iter().map(|(range, _)| count(range)).sum::<usize>(), names.len());
            prop_assert_eq!(ranges.iter().map(|(_, names)| *names).sum::<u64>(), names.len() as u64);
            for pair in ranges.windows(2) {
                prop_assert_eq!(&pair[0].0.end, &pair[1].0.start);
            }
            // A shard has at most about twice its share.
            let most = ranges.iter().map(|(range, _)| count(range)).max().unwrap_or_default();
            prop_assert!(most <= 2 * names.len() / shards as usize + 2);
        }
    }
}
