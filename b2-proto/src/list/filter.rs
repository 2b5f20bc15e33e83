//! Filters of names.

use alloc::string::String;

use super::pattern::Pattern;

/// A filter of the full names of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Lists names that match.
    Include(Pattern),
    /// Does not list names that match.
    Exclude(Pattern),
}

impl Filter {
    /// Creates a filter that lists names that match a pattern.
    #[must_use]
    pub fn include(pattern: &str) -> Self {
        Self::Include(Pattern::new(pattern))
    }

    /// Creates a filter that does not list names that match a pattern.
    #[must_use]
    pub fn exclude(pattern: &str) -> Self {
        Self::Exclude(Pattern::new(pattern))
    }

    /// Returns whether filters list a name. The last filter that matches decides. Without one, the name is listed, unless
    /// all filters are of the kind [`Include`](Self::Include).
    ///
    /// ```
    /// use b2_proto::list::Filter;
    ///
    /// let filters = [Filter::exclude("*"), Filter::include("*.txt"), Filter::exclude("a.*")];
    /// assert!(Filter::lists(&filters, "b.txt"));
    /// assert!(!Filter::lists(&filters, "a.txt"));
    /// ```
    #[must_use]
    pub fn lists(filters: &[Self], name: &str) -> bool {
        match Self::deciding(filters, name) {
            Some(filter) => matches!(filter, Self::Include(_)),
            None => {
                filters.is_empty()
                    || filters.iter().any(|filter| matches!(filter, Self::Exclude(_)))
            }
        }
    }

    /// Returns the filter that decides about a name: the last one that matches.
    #[must_use]
    pub fn deciding<'a>(filters: &'a [Self], name: &str) -> Option<&'a Self> {
        filters.iter().rev().find(|filter| {
            let (Self::Include(pattern) | Self::Exclude(pattern)) = filter;
            pattern.matches(name)
        })
    }

    /// Returns a text that every name that the filters list starts with.
    pub(super) fn prefix(filters: &[Self]) -> String {
        // Filters before one that excludes everything decide nothing.
        let all = |filter: &Self| matches!(filter, Self::Exclude(pattern) if pattern.matches_all());
        let deciding = match filters.iter().rposition(all) {
            Some(last) => filters.get(last + 1..).unwrap_or_default(),
            None if filters.iter().any(|filter| matches!(filter, Self::Exclude(_))) => &[],
            None => filters,
        };
        let included = deciding.iter().filter_map(|filter| match filter {
            Self::Include(pattern) => Some(pattern.literal_prefix()),
            Self::Exclude(_) => None,
        });
        included.reduce(|one, other| common_start(one, &other)).unwrap_or_default()
    }
}

/// Returns what both texts start with.
fn common_start(mut one: String, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    one.truncate(same.map(|(c, _)| c.len_utf8()).sum());
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `FilterMatcher` of b2sdk.
    #[test]
    fn filters() {
        let (include, exclude) = (Filter::include, Filter::exclude);
        let rows: [(&[Filter], &[&str], &[&str]); 7] = [
            (&[], &["a"], &[]),
            (&[exclude("*")], &[], &["", "a"]),
            (&[include("a-*")], &["a-"], &["b-"]),
            (&[exclude("*.txt")], &["a.csv"], &["a.txt"]),
            (&[exclude("*"), include("*.[ct]sv")], &["a.csv", "a.tsv"], &["a.ksv"]),
            (
                &[exclude("*"), include("*.[ct]sv"), exclude("a.csv")],
                &["a.tsv", "b.csv"],
                &["a.csv"],
            ),
            (
                &[include("b/*"), exclude("*.txt"), include("a.txt")],
                &["a.txt", "b/a-1.csv"],
                &["b/a-1.txt"],
            ),
        ];
        for (filters, good, bad) in rows {
            for name in good {
                assert!(Filter::lists(filters, name), "{filters:?} {name}");
            }
            for name in bad {
                assert!(!Filter::lists(filters, name), "{filters:?} {name}");
            }
        }
    }

    #[test]
    fn the_prefix_is_that_of_all_names_that_can_be_listed() {
        let (include, exclude) = (Filter::include, Filter::exclude);
        let rows: [(&[Filter], &str); 9] = [
            (&[], ""),
            (&[include("b/1*"), include("b/2*")], "b/"),
            (&[include("b/1*"), include("*")], ""),
            (&[include("\u{e9}a"), include("\u{e8}b")], ""),
            (&[exclude("b/*")], ""),
            // What no filter matches is listed.
            (&[include("b/1*"), exclude("b/2*")], ""),
            (&[exclude("*"), include("b/1*")], "b/1"),
            (&[include("a"), exclude("**"), include("b/1*"), exclude("b/11")], "b/1"),
            (&[include("a"), exclude("*")], ""),
        ];
        for (filters, prefix) in rows {
            assert_eq!(Filter::prefix(filters), prefix, "{filters:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_listed_name_starts_with_the_prefix(
            filters in proptest::collection::vec((proptest::bool::ANY, "[ab*?]{0,3}"), 0..4),
            name in "[ab]{0,4}",
        ) {
            let filters: alloc::vec::Vec<_> = filters
                .iter()
                .map(|(include, text)| if *include { Filter::include(text) } else { Filter::exclude(text) })
                .collect();
            let listed = Filter::lists(&filters, &name);
            proptest::prop_assert!(!listed || name.starts_with(&Filter::prefix(&filters)));
        }
    }
}
