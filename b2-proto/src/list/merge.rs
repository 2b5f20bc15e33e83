//! The merge of two listings that are sorted by name.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;

use super::ls::LsEntry;
use crate::encoding::shown;
use crate::error::Error;
use crate::model::FileVersion;

/// An entry of a listing that is sorted by name, in the order of the bytes of UTF-8.
pub trait Named {
    /// Returns the name by which the listing is sorted.
    fn name(&self) -> &str;
}

impl Named for FileVersion {
    fn name(&self) -> &str {
        &self.file_name
    }
}

impl Named for LsEntry {
    fn name(&self) -> &str {
        Self::name(self)
    }
}

impl Named for String {
    fn name(&self) -> &str {
        self
    }
}

impl<T: Named> Named for Box<T> {
    fn name(&self) -> &str {
        (**self).name()
    }
}

/// The entries of two listings for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair<L, R> {
    /// Only the left listing has the name.
    Left(L),
    /// Only the right listing has the name.
    Right(R),
    /// Both listings have the name.
    Both(L, R),
}

impl<L, R> Pair<L, R> {
    /// Returns the entries of the left and of the right listing.
    #[must_use]
    pub fn into_options(self) -> (Option<L>, Option<R>) {
        match self {
            Self::Left(left) => (Some(left), None),
            Self::Right(right) => (None, Some(right)),
            Self::Both(left, right) => (Some(left), Some(right)),
        }
    }
}

impl<L: Named, R: Named> Named for Pair<L, R> {
    fn name(&self) -> &str {
        match self {
            Self::Left(left) | Self::Both(left, _) => left.name(),
            Self::Right(right) => right.name(),
        }
    }
}

/// Merges two listings that are sorted by name into one sequence of pairs, in the same order.
///
/// Pages are pushed as they arrive, and what was pushed and not yet popped is all that is held. A caller that pushes only when
/// a side [needs](Self::needs_left) a page holds at most one page of each.
///
/// ```
/// use b2_proto::list::{Merge, Pair};
///
/// let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
/// let mut merge = Merge::default();
/// merge.push_left(names(&["a", "b"]))?;
/// merge.end_left();
/// merge.push_right(names(&["b", "c"]))?;
/// assert_eq!(merge.pop(), Some(Pair::Left("a".into())));
/// assert_eq!(merge.pop(), Some(Pair::Both("b".into(), "b".into())));
/// assert_eq!(merge.pop(), Some(Pair::Right("c".into())));
/// assert!(merge.pop().is_none() && merge.needs_right() && !merge.is_over());
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Debug)]
pub struct Merge<L, R> {
    left: Side<L>,
    right: Side<R>,
}

/// One of the listings.
#[derive(Debug)]
struct Side<T> {
    entries: VecDeque<T>,
    /// The name of the last entry that was pushed.
    last: Option<String>,
    ended: bool,
}

impl<T> Default for Side<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), last: None, ended: false }
    }
}

impl<T: Named> Side<T> {
    fn push(&mut self, page: impl IntoIterator<Item = T>) -> Result<(), Error> {
        for entry in page {
            let before = self.entries.back().map(T::name).or(self.last.as_deref());
            if let Some(before) = before.filter(|before| *before >= entry.name()) {
                let message = format!(
                    "the listing is not in the order of names: '{}' comes after '{}'",
                    shown(entry.name()),
                    shown(before)
                );
                return Err(Error::unreadable_response(message));
            }
            self.entries.push_back(entry);
        }
        if let Some(entry) = self.entries.back() {
            self.last = Some(entry.name().to_owned());
        }
        Ok(())
    }

    fn needs_page(&self) -> bool {
        self.entries.is_empty() && !self.ended
    }
}

impl<L, R> Default for Merge<L, R> {
    fn default() -> Self {
        Self { left: Side::default(), right: Side::default() }
    }
}

impl<L: Named, R: Named> Merge<L, R> {
    /// Returns whether all entries of the left listing were popped.
    #[must_use]
    pub fn left_is_over(&self) -> bool {
        self.left.ended && self.left.entries.is_empty()
    }

    /// Returns whether no pair can be popped before the left listing gets a page or ends.
    #[must_use]
    pub fn needs_left(&self) -> bool {
        self.left.needs_page()
    }

    /// Returns whether no pair can be popped before the right listing gets a page or ends.
    #[must_use]
    pub fn needs_right(&self) -> bool {
        self.right.needs_page()
    }

    /// Adds the next entries of the left listing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidResponse`](crate::ErrorKind::InvalidResponse) if a name is not greater than the one before.
    /// The merge cannot go on then, since it would miss pairs.
    pub fn push_left(&mut self, page: impl IntoIterator<Item = L>) -> Result<(), Error> {
        self.left.push(page)
    }

    /// Adds the next entries of the right listing.
    ///
    /// # Errors
    ///
    /// As [`push_left`](Self::push_left).
    pub fn push_right(&mut self, page: impl IntoIterator<Item = R>) -> Result<(), Error> {
        self.right.push(page)
    }

    /// Ends the left listing.
    pub fn end_left(&mut self) {
        self.left.ended = true;
    }

    /// Ends the right listing.
    pub fn end_right(&mut self) {
        self.right.ended = true;
    }

    /// Returns the pair with the next name. `None`: a side needs a page, or [both have ended](Self::is_over).
    pub fn pop(&mut self) -> Option<Pair<L, R>> {
        if self.needs_left() || self.needs_right() {
            return None;
        }
        let (left, right) = (self.left.entries.front(), self.right.entries.front());
        let (takes_left, takes_right) = match (left.map(L::name), right.map(R::name)) {
            (Some(left), Some(right)) => (left <= right, right <= left),
            (left, right) => (left.is_some(), right.is_some()),
        };
        let left = if takes_left { self.left.entries.pop_front() } else { None };
        let right = if takes_right { self.right.entries.pop_front() } else { None };
        match (left, right) {
            (Some(left), Some(right)) => Some(Pair::Both(left, right)),
            (Some(left), None) => Some(Pair::Left(left)),
            (None, Some(right)) => Some(Pair::Right(right)),
            (None, None) => None,
        }
    }

    /// Returns whether both listings have ended and all pairs were popped.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let over = self.left.entries.is_empty() && self.right.entries.is_empty();
        over && self.left.ended && self.right.ended
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::ErrorKind;
    use crate::retry::Rng;

    /// Merges two lists, each in pages of random sizes.
    fn merged(rng: &mut Rng, left: &[String], right: &[String]) -> Vec<Pair<String, String>> {
        let mut merge = Merge::default();
        let (mut lefts, mut rights) = (left.iter().cloned(), right.iter().cloned());
        let mut pairs = Vec::new();
        while !merge.is_over() {
            if merge.needs_left() {
                let page: Vec<_> = lefts.by_ref().take((rng.next_u64() % 4) as usize).collect();
                merge.push_left(page).unwrap();
                if lefts.len() == 0 {
                    merge.end_left();
                }
            }
            if merge.needs_right() {
                let page: Vec<_> = rights.by_ref().take((rng.next_u64() % 4) as usize).collect();
                merge.push_right(page).unwrap();
                if rights.len() == 0 {
                    merge.end_right();
                }
            }
            while let Some(pair) = merge.pop() {
                pairs.push(pair);
            }
        }
        assert_eq!(merge.pop(), None);
        pairs
    }

    #[test]
    fn every_name_is_one_pair_in_order() {
        let mut rng = Rng::new(7);
        for _ in 0..500 {
            let mut side = |count: u64| -> BTreeSet<String> {
                let names = (0..rng.next_u64() % count).map(|_| {
                    let name = ["", "/", "é", "a", "b", "\u{10ffff}"];
                    let pick = |n: u64| name[(n % 6) as usize];
                    format!("{}{}", pick(rng.next_u64()), pick(rng.next_u64()))
                });
                names.collect()
            };
            let (left, right) = (side(12), side(12));
            let expected: Vec<_> = (left.union(&right))
                .map(|name| match (left.contains(name), right.contains(name)) {
                    (true, true) => Pair::Both(name.clone(), name.clone()),
                    (true, false) => Pair::Left(name.clone()),
                    _ => Pair::Right(name.clone()),
                })
                .collect();
            let (left, right): (Vec<_>, Vec<_>) =
                (left.into_iter().collect(), right.into_iter().collect());
            assert_eq!(merged(&mut rng, &left, &right), expected);
        }
    }

    #[test]
    fn names_out_of_order_are_an_error_within_a_page_and_between_pages() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut merge: Merge<String, String> = Merge::default();
        let error = merge.push_left(names(&["a", "a"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        let mut merge: Merge<String, String> = Merge::default();
        merge.push_right(names(&["b"])).unwrap();
        merge.push_left(names(&["b"])).unwrap();
        assert!(merge.pop().is_some());
        let error = merge.push_right(names(&["a"])).unwrap_err();
        assert!(error.message().contains("'a' comes after 'b'"), "{error}");
    }

    #[test]
    fn nothing_is_popped_before_both_sides_are_known() {
        let mut merge: Merge<String, String> = Merge::default();
        assert!(merge.needs_left() && merge.needs_right() && merge.pop().is_none());
        merge.push_left(["a".to_owned()]).unwrap();
        assert_eq!(merge.pop(), None);
        merge.end_right();
        assert_eq!(merge.pop(), Some(Pair::Left("a".to_owned())));
        assert!(merge.needs_left() && !merge.is_over());
        merge.end_left();
        assert!(merge.is_over());
    }
}
