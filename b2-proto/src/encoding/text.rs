//! Helpers for text.

use alloc::string::String;
use core::fmt::Write as _;

/// The number of characters of a text that a message shows.
const SHOWN_CHARS: usize = 80;

/// Returns the start of a foreign text for a message, in one line.
///
/// Escapes characters that move the cursor of a terminal or hide text.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(text, SHOWN_CHARS)
}

/// Returns the first `chars` characters of a text for a message, in one line.
pub(crate) fn shown_up_to(text: &str, chars: usize) -> String {
    let mut shown = String::new();
    for char in text.chars().take(chars) {
        let hides = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        if char.is_control() || hides {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(char));
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Returns the position of a part of a text.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|window| window == part.as_bytes())
}

/// Splits a text at a part of it.
pub(crate) fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// Splits a text at a byte offset. If the offset is not at a character boundary, the first part is the whole text.
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
