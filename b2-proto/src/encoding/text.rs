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
    let mut shown = String::new();
    for char in text.chars().take(SHOWN_CHARS) {
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
    }
}
