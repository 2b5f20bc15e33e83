//! Names of new files.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::encoding::{check_file_name, shown};

/// How new files are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Names {
    /// The visitor chooses any name under the prefix. If the name exists, the file gets a new version.
    #[default]
    #[serde(rename = "g")]
    AsGiven,
    /// The visitor chooses a name under the prefix, and the gateway inserts a random folder after the prefix, so that no
    /// upload hides an existing file.
    #[serde(rename = "u")]
    Unique,
    /// The application chooses: the name is the prefix followed by this. The name in the request is ignored.
    #[serde(rename = "f")]
    Fixed(String),
}

/// The length of the random folder of [`Names::Unique`], which consists of hex digits.
const RANDOM: usize = 16;

impl Names {
    pub(super) fn are_as_given(&self) -> bool {
        *self == Self::AsGiven
    }

    /// Returns the name under which a file is stored by a grant for this prefix. `random` is sixteen hex digits.
    pub(super) fn stored(
        &self,
        prefix: &str,
        given: &str,
        random: &str,
    ) -> Result<String, Refusal> {
        let name = match self {
            Self::Fixed(rest) => format!("{prefix}{rest}"),
            Self::AsGiven | Self::Unique => {
                check_prefix(prefix, given)?;
                check_segments(given)?;
                match self {
                    Self::Unique => format!("{prefix}{random}/{}", &given[prefix.len()..]),
                    _ => given.to_owned(),
                }
            }
        };
        check_segments(&name)?;
        Ok(name)
    }

    /// Returns the name that the visitor gave to a file that is stored under this name; the stored name itself where
    /// that is not known.
    pub(super) fn given(&self, prefix: &str, stored: &str) -> String {
        let rest = stored.strip_prefix(prefix);
        let rest = rest.and_then(|rest| rest.split_once('/'));
        match (self, rest) {
            (Self::Unique, Some((random, rest))) if random.len() == RANDOM => {
                format!("{prefix}{rest}")
            }
            _ => stored.to_owned(),
        }
    }
}

/// Checks that a name, or the prefix of a listing, starts with the prefix of a grant.
pub(super) fn check_prefix(prefix: &str, name: &str) -> Result<(), Refusal> {
    if name.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Refusal::bad_request("names have no control characters"));
    }
    if name.starts_with(prefix) {
        return Ok(());
    }
    let prefix = shown(prefix);
    Err(Refusal::unauthorized(format!("the grant is for names that start with '{prefix}'")))
}

/// Checks that B2 allows the name, and that it stays under the prefix when it is used as a path.
fn check_segments(name: &str) -> Result<(), Refusal> {
    check_file_name(name).map_err(|error| Refusal::bad_request(error.message()))?;
    let read = normalized(name);
    if read.split('/').any(is_dots) {
        return Err(Refusal::bad_request("a part of a name is neither '.' nor '..'"));
    }
    if read.chars().any(char::is_control) {
        return Err(Refusal::bad_request("a name has no encoded control characters"));
    }
    Ok(())
}

/// Returns the name as programs see it that decode or normalize it once more: some read `%2e`, `%252E` and U+FF0E as
/// dots.
fn normalized(name: &str) -> String {
    let mut read = name.to_ascii_lowercase();
    // Terminates, since each round shortens the text.
    while read.contains("%25") {
        read = read.replace("%25", "%");
    }
    for (codes, character) in [
        (&["%2e", "\u{2024}", "\u{fe52}", "\u{ff0e}"][..], "."),
        (&["\u{2025}"][..], ".."),
        (&["%2f", "%5c", "\u{ff0f}", "\u{ff3c}", "\u{fe68}"][..], "/"),
        (&["%00", "%0a", "%0d"][..], "\0"),
    ] {
        for code in codes {
            read = read.replace(code, character);
        }
    }
    read
}

/// Returns whether a segment is `.` or `..`, also for servers that ignore parameters after a semicolon, and for systems
/// that ignore spaces.
fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    matches!(name.trim(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "u/42/";

    fn stored(names: &Names, given: &str) -> Option<String> {
        names.stored(PREFIX, given, "0123456789abcdef").ok()
    }

    #[test]
    fn names_stay_under_the_prefix() {
        let given = Names::AsGiven;
        assert_eq!(stored(&given, "u/42/a b").as_deref(), Some("u/42/a b"));
        for name in [
            "",
            "a",
            "u/4",
            "u/42",
            "u/421",
            "U/42/a",
            "/u/42/a",
            "u/42/",
            "u/42/../41/a",
            "u/42/a/..",
            "u/42/./a",
            "u/42//a",
            "u/42/a\\..\\b",
            "u/42/a\0",
            "u/42/a\n",
            "u/42/%2e%2E/a",
            "u/42/.%2e/a",
            "u/42/%252e%252e/a",
            "u/42/%25252e./a",
            "u/42/..%2fa",
            "u/42/..%5Ca",
            "u/42/..;x=y/a",
            "u/42/.. /a",
            "u/42/\u{ff0e}\u{ff0e}/a",
            "u/42/\u{2025}/a",
            "u/42/..\u{ff0f}a",
            "u/42/a%00.png",
            "u/42/a%250d%250a",
        ] {
            assert_eq!(stored(&given, name), None, "{name:?}");
            assert_eq!(stored(&Names::Unique, name), None, "{name:?}");
        }
        for name in
            ["u/42/100%", "u/42/100%25", "u/42/...", "u/42/.a", "u/42/a..;b", "u/42/%20.txt"]
        {
            assert_eq!(stored(&given, name).as_deref(), Some(name));
        }
        let long = format!("u/42/{}", "x/".repeat(600));
        assert_eq!(stored(&given, &long), None);
    }

    #[test]
    fn unique_and_fixed_names() {
        let name = stored(&Names::Unique, "u/42/d/a").unwrap();
        assert_eq!(name, "u/42/0123456789abcdef/d/a");
        assert_eq!(Names::Unique.given(PREFIX, &name), "u/42/d/a");
        assert_eq!(Names::Unique.given(PREFIX, "u/42/d/a"), "u/42/d/a");
        let fixed = Names::Fixed("avatar.png".to_owned());
        assert_eq!(stored(&fixed, "../whatever").as_deref(), Some("u/42/avatar.png"));
        assert_eq!(stored(&Names::Fixed("../x".to_owned()), "a"), None);
    }
}
