//! Patterns of names.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// A pattern of names, as Python's `fnmatchcase` reads it: `*` matches any number of characters, `?` one character, and
/// `[abc]`, `[a-z]` and `[!abc]` one of a set; all of them match slashes too. Nothing else is special, and nothing can be
/// escaped: `[*]` matches a star.
///
/// ```
/// use b2_proto::list::Pattern;
///
/// let pattern = Pattern::new("photos/*.jp[eg]*");
/// assert!(pattern.matches("photos/2026/ship.jpeg"));
/// assert!(!pattern.matches("photos/ship.png"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    AnyOne,
    AnyNumber,
    /// One character that is in a range, or in none if it is negated.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// Parses a pattern. Any text is a pattern.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            tokens.push(match first {
                '*' => Token::AnyNumber,
                '?' => Token::AnyOne,
                '[' => match parse_set(rest) {
                    Some((set, after)) => {
                        rest = after;
                        set
                    }
                    None => Token::Literal('['),
                },
                literal => Token::Literal(literal),
            });
        }
        Self(tokens)
    }

    /// Returns the longest text that every matching name starts with, as far as no wildcard is in it.
    ///
    /// ```
    /// use b2_proto::list::Pattern;
    ///
    /// assert_eq!(Pattern::new("photos/2026-*.jpg").literal_prefix(), "photos/2026-");
    /// assert_eq!(Pattern::new("a[*]b?").literal_prefix(), "a*b");
    /// ```
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        self.0.iter().map_while(Token::literal).collect()
    }

    /// Returns the only name that matches, if the pattern has no wildcard.
    pub(super) fn literal(&self) -> Option<String> {
        self.0.iter().map(Token::literal).collect()
    }

    /// Returns whether every name matches.
    pub(super) fn matches_all(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|token| *token == Token::AnyNumber)
    }

    /// Returns whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let (mut tokens, mut rest) = (self.0.as_slice(), name);
        // What follows the last `*`, and the rest of the name that it was compared with.
        let mut retry: Option<(&[Token], &str)> = None;
        loop {
            let next = rest.chars().next();
            match (tokens.split_first(), next) {
                (Some((Token::AnyNumber, after)), _) => {
                    retry = Some((after, rest));
                    tokens = after;
                    continue;
                }
                (Some((token, after)), Some(next)) if token.matches(next) => {
                    tokens = after;
                    rest = &rest[next.len_utf8()..];
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            // The last `*` takes one character more.
            let Some((after, from)) = retry else { return false };
            let Some(skipped) = from.chars().next() else { return false };
            rest = &from[skipped.len_utf8()..];
            tokens = after;
            retry = Some((after, rest));
        }
    }
}

/// Writes the text of the pattern.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| token.fmt(f))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => f.write_char(*literal),
            Self::AnyOne => f.write_char('?'),
            Self::AnyNumber => f.write_char('*'),
            Self::Set { negated, ranges } => {
                f.write_str(if *negated { "[!" } else { "[" })?;
                for (first, last) in ranges {
                    if first == last {
                        f.write_char(*first)?;
                    } else {
                        write!(f, "{first}-{last}")?;
                    }
                }
                f.write_char(']')
            }
        }
    }
}

impl Token {
    /// Returns the only character that matches. A set of one character, such as `[*]`, is that character.
    fn literal(&self) -> Option<char> {
        match self {
            Self::Literal(literal) => Some(*literal),
            Self::Set { negated: false, ranges } => match ranges.as_slice() {
                [(first, last)] if first == last => Some(*first),
                _ => None,
            },
            Self::AnyOne | Self::AnyNumber | Self::Set { .. } => None,
        }
    }

    fn matches(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::AnyOne => true,
            Self::AnyNumber => false,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *negated
            }
        }
    }
}

/// Parses a set after its `[`. Returns it and what follows, or `None` if it is not closed.
fn parse_set(text: &str) -> Option<(Token, &str)> {
    let (negated, text) = match text.strip_prefix('!') {
        Some(text) => (true, text),
        None => (false, text),
    };
    // A `]` at the start is in the set.
    let first = text.chars().next()?.len_utf8();
    let end = first + text.get(first..)?.find(']')?;
    let (set, after) = (&text[..end], &text[end + 1..]);
    let mut ranges = Vec::new();
    let mut chars = set.chars().peekable();
    while let Some(first) = chars.next() {
        let mut ahead = chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) => {
                ranges.push((first, last));
                chars = ahead;
            }
            _ => ranges.push((first, first)),
        }
    }
    Some((Token::Set { negated, ranges }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python's `fnmatchcase`.
    #[test]
    fn patterns() {
        let rows: [(&str, &[&str], &[&str]); 16] = [
            ("", &[""], &["a"]),
            ("a/b", &["a/b"], &["a", "a/b/", "A/b"]),
            ("*", &["", "a", "a/b", ".a", "a\n"], &[]),
            ("*.txt", &[".txt", "a/b.txt"], &["a.txt.", "atxt"]),
            ("a*b*c", &["abc", "a/b/c", "abbcbc"], &["ab", "acb"]),
            ("?", &["a", "/", "\u{e9}", "\u{1f600}"], &["", "ab"]),
            ("b/2/test.[tc]sv", &["b/2/test.tsv", "b/2/test.csv"], &["b/2/test.ksv"]),
            ("[!ck]sv", &["tsv"], &["csv", "ksv", "sv"]),
            ("[a-c]", &["a", "b", "c"], &["d", "-"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[z-a]", &[], &["a", "z", "m", "-"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[!]a]", &["b"], &["]", "a"]),
            ("[^a]", &["^", "a"], &["b"]),
            ("[a", &["[a"], &["a"]),
            ("[*][?]\\{a,b}", &["*?\\{a,b}"], &["xx\\{a,b}", "*?a"]),
        ];
        for (pattern, good, bad) in rows {
            let compiled = Pattern::new(pattern);
            assert_eq!(compiled.to_string(), pattern);
            for name in good {
                assert!(compiled.matches(name), "{pattern} {name}");
            }
            for name in bad {
                assert!(!compiled.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn prefixes_are_the_text_before_the_first_wildcard() {
        for (pattern, prefix) in [
            ("b/c/*.txt", "b/c/"),
            ("*.txt", ""),
            ("a/*/result.[ct]sv", "a/"),
            ("a/b.txt", "a/b.txt"),
            ("b/test*.txt", "b/test"),
            ("b?/x", "b"),
            ("x/y/z?.t[a-c]*", "x/y/z"),
            ("a/b/[xy]/z*", "a/b/"),
            ("[!a]/b", ""),
            ("./x/*", "./x/"),
            ("/a/*", "/a/"),
            ("a//b/*", "a//b/"),
            ("ab*", "ab"),
            ("a[*][?][[]b[!c]", "a*?[b"),
            ("a[b*", "a[b"),
            ("a[b-b]c", "abc"),
        ] {
            assert_eq!(Pattern::new(pattern).literal_prefix(), prefix, "{pattern}");
        }
        assert_eq!(Pattern::new("a[*]").literal().as_deref(), Some("a*"));
        assert_eq!(Pattern::new("a*").literal(), None);
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = Pattern::new(&"*a".repeat(200));
        assert!(!pattern.matches(&"a".repeat(199)));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(1_000))));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_pattern(pattern: String, name: String) {
            let pattern = Pattern::new(&pattern);
            let matches = pattern.matches(&name);
            proptest::prop_assert!(!matches || name.starts_with(&pattern.literal_prefix()));
            proptest::prop_assert!(!matches || pattern.literal().is_none_or(|only| only == name));
        }

        #[test]
        fn a_text_without_special_characters_matches_itself(name in "[^*?\\[]*") {
            proptest::prop_assert!(Pattern::new(&name).matches(&name));
        }
    }
}
