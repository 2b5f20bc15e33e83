//! Small things about text that the standard library does with more code than a page should load.

use alloc::string::String;
use core::fmt::Write as _;

/// How much of a text a message shows.
const SHOWN_CHARS: usize = 80;

/// The start of a text that somebody else chose, for a message: in one line, and as it is read.
///
/// `escape_debug` knows every character of Unicode that cannot be printed; what matters here are those that
/// move the cursor or hide what a terminal shows.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(text, SHOWN_CHARS)
}

/// The same, with so many characters of it.
pub(crate) fn shown_up_to(text: &str, chars: usize) -> String {
    let mut shown = String::new();
    for char in text.chars().take(chars) {
        let hides = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        if char.is_control() || hides {
            // Writing to a text cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(char));
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Where a short part of a short text begins. (`str::find` is made for long ones.)
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|window| window == part.as_bytes())
}

/// What comes before a part of a text, and what comes after it.
pub(crate) fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// Cuts a text in two; within a character, or behind its end, everything comes before the cut. (An index that
/// is wrong panics with the text, escaped, for which the standard library has tables of all of Unicode.)
pub(crate) fn cut(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_in_one_line() {
        assert_eq!(shown("it's \"é\"\n\x1b[2J\u{202e}"), "it's \"é\"\\u{a}\\u{1b}[2J\\u{202e}");
        assert_eq!(shown(&"é".repeat(100)), "é".repeat(80));
    }

    #[test]
    fn finds_parts() {
        assert_eq!((find("a//b", "//"), find("a/b/", "//"), find("", "//")), (Some(1), None, None));
        assert_eq!(split_once("a//b//", "//"), Some(("a", "b//")));
        assert_eq!(split_once("a/b", "//"), None);
    }

    #[test]
    fn cuts() {
        assert_eq!((cut("aé", 1), cut("aé", 3), cut("", 0)), (("a", "é"), ("aé", ""), ("", "")));
        assert_eq!((cut("aé", 2), cut("aé", 4)), (("aé", ""), ("aé", "")));
    }
}
