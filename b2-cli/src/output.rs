//! What goes to standard output.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::failure::Failure;

/// Standard output, with the manners that the flags ask for.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: Mutex<BufWriter<Stdout>>,
    terminal: bool,
    quiet: bool,
    json: bool,
    escape: bool,
}

impl Output {
    /// `escape`: whether unprintable characters are escaped; on a terminal they are unless told.
    pub(crate) fn new(quiet: bool, json: bool, escape: Option<bool>) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            stdout: Mutex::new(BufWriter::new(io::stdout())),
            terminal,
            quiet,
            json,
            escape: escape.unwrap_or(terminal),
        }
    }

    /// Whether a machine reads: then JSON is all that is printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people.
    pub(crate) fn line(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        if self.quiet || self.json {
            return Ok(());
        }
        self.always(text)
    }

    /// A line that is the answer itself, in whatever form was asked for.
    pub(crate) fn always(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        self.write(&self.printable(text.as_ref()), "\n")
    }

    /// A JSON value as Backblaze's tool prints it: indented by four, keys sorted, ASCII only.
    pub(crate) fn json(&self, value: &Value) -> Result<(), Failure> {
        self.write(&pretty(value), "\n")
    }

    /// A JSON array that is printed while it comes.
    pub(crate) fn array(&self) -> JsonArray<'_> {
        JsonArray { output: self, begun: false }
    }

    /// A name that a person may copy: quoted for the shell where characters are escaped.
    pub(crate) fn name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.escape { Cow::Owned(quoted(&escaped(name, true))) } else { Cow::Borrowed(name) }
    }

    /// Everything that was printed reaches its reader.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        Ok(self.lock().flush()?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BufWriter<Stdout>> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn printable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.escape { Cow::Owned(escaped(text, false)) } else { Cow::Borrowed(text) }
    }

    fn write(&self, text: &str, end: &str) -> Result<(), Failure> {
        let mut stdout = self.lock();
        stdout.write_all(text.as_bytes())?;
        stdout.write_all(end.as_bytes())?;
        if self.terminal {
            stdout.flush()?;
        }
        Ok(())
    }
}

/// A JSON array that is printed while its elements come.
#[derive(Debug)]
pub(crate) struct JsonArray<'a> {
    output: &'a Output,
    begun: bool,
}

impl JsonArray<'_> {
    pub(crate) fn push(&mut self, value: &Value) -> Result<(), Failure> {
        let before = if self.begun { "," } else { "[\n" };
        self.begun = true;
        self.output.write(before, "")?;
        self.output.json(value)
    }

    pub(crate) fn end(self) -> Result<(), Failure> {
        self.output.write(if self.begun { "]" } else { "[]" }, "\n")
    }
}

/// Unprintable characters as `\xNN`. Lines of a text may have ends and tabs in them, a name may not.
pub(crate) fn escaped(text: &str, is_name: bool) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && (is_name || !matches!(c, '\n' | '\t')) {
            result.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else {
            result.push(c);
        }
    }
    result
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

fn pretty(value: &Value) -> String {
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing a value into memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    let mut text = String::with_capacity(bytes.len());
    for c in String::from_utf8_lossy(&bytes).chars() {
        if c == '\n' || (' '..='~').contains(&c) {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_ascii_sorted_and_indented_by_four() {
        let value = json!({"b": ["\u{e9}\u{1f600}\u{7f}"], "a": {}});
        let expected =
            "{\n    \"a\": {},\n    \"b\": [\n        \"\\u00e9\\ud83d\\ude00\\u007f\"\n    ]\n}";
        assert_eq!(pretty(&value), expected);
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).unwrap(), value);
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(escaped("a\u{1b}[2Jb\n\t\u{9b}", false), "a\\x1b[2Jb\n\t\\x9b");
        assert_eq!(escaped("a\nb", true), "a\\x0ab");
        assert_eq!(quoted("a b'c"), "'a b'\"'\"'c'");
        assert_eq!(quoted("photos/a-1.jpg"), "photos/a-1.jpg");
    }
}
