//! Standard output: text for people, JSON for programs.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::error::CliError;

/// Standard output, in the format that the flags select.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: Mutex<BufWriter<Stdout>>,
    terminal: bool,
    quiet: bool,
    json: bool,
    escape: bool,
}

impl Output {
    /// Creates the output. `escape` is whether unprintable characters are escaped; by default they are on a terminal.
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

    /// Returns whether only JSON is printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a line, unless `--quiet` or `--json` is given.
    pub(crate) fn line(&self, text: impl AsRef<str>) -> Result<(), CliError> {
        if self.quiet || self.json {
            return Ok(());
        }
        self.print(text)
    }

    /// Prints a line that is the result of the command.
    pub(crate) fn print(&self, text: impl AsRef<str>) -> Result<(), CliError> {
        self.write(&self.printable(text.as_ref()), "\n")
    }

    /// Prints a JSON value as Backblaze's tool does: indented by four spaces, keys sorted, ASCII only.
    pub(crate) fn json(&self, value: &Value) -> Result<(), CliError> {
        self.write(&pretty(value), "\n")
    }

    /// Prints a JSON value on one line, ASCII only.
    pub(crate) fn json_line(&self, value: &Value) -> Result<(), CliError> {
        self.write(&ascii(&value.to_string()), "\n")
    }

    /// Starts a JSON array whose elements are printed as they arrive.
    pub(crate) fn json_array(&self) -> JsonArray<'_> {
        JsonArray { output: self, has_elements: false, is_finished: false }
    }

    /// Returns a name as it is, or escaped and quoted for a shell where characters are escaped.
    pub(crate) fn quoted_name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.escape { Cow::Owned(quoted(&escaped(name, true))) } else { Cow::Borrowed(name) }
    }

    /// Returns a name escaped and quoted for a shell.
    pub(crate) fn shell_name(name: &str) -> String {
        quoted(&escaped(name, true))
    }

    /// Flushes what was printed.
    pub(crate) fn flush(&self) -> Result<(), CliError> {
        Ok(self.lock().flush()?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BufWriter<Stdout>> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn printable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.escape { Cow::Owned(escaped(text, false)) } else { Cow::Borrowed(text) }
    }

    fn write(&self, text: &str, end: &str) -> Result<(), CliError> {
        let mut stdout = self.lock();
        stdout.write_all(text.as_bytes())?;
        stdout.write_all(end.as_bytes())?;
        if self.terminal {
            stdout.flush()?;
        }
        Ok(())
    }
}

/// A JSON array whose elements are printed as they arrive. If it is dropped unfinished, because of an error, it is closed
/// so that the output remains JSON.
#[derive(Debug)]
pub(crate) struct JsonArray<'a> {
    output: &'a Output,
    has_elements: bool,
    is_finished: bool,
}

impl JsonArray<'_> {
    pub(crate) fn push(&mut self, value: &Value) -> Result<(), CliError> {
        let before = if self.has_elements { "," } else { "[\n" };
        self.has_elements = true;
        self.output.write(before, "")?;
        self.output.json(value)
    }

    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        self.close()
    }

    fn close(&mut self) -> Result<(), CliError> {
        self.is_finished = true;
        self.output.write(if self.has_elements { "]" } else { "[]" }, "\n")
    }
}

impl Drop for JsonArray<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            // The command fails with the error that dropped the array.
            let _ = self.close();
        }
    }
}

/// Escapes unprintable characters as `\xNN`. Line ends and tabs are escaped in names only.
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

/// Quotes a word for a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

/// Returns a JSON value in the form that Backblaze's tool prints for people, which resembles YAML.
pub(crate) fn readable(value: &Value) -> String {
    let mut text = String::new();
    write_readable(value, 0, false, &mut text);
    text.truncate(text.trim_end().len());
    text
}

/// Writes a value with an indentation. `inline`: the first line follows other text.
fn write_readable(value: &Value, indent: usize, inline: bool, text: &mut String) {
    let start = |first: bool| if inline && first { String::new() } else { " ".repeat(indent) };
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| (!["id", "name"].contains(&key.as_str()), *key));
            for (at, (key, value)) in fields.into_iter().enumerate() {
                text.push_str(&format!("{}{}: ", start(at == 0), readable_scalar(&json!(key))));
                if value.is_object() || value.is_array() {
                    text.push('\n');
                    write_readable(value, indent + 2, false, text);
                } else {
                    write_readable(value, 0, true, text);
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push_str(&format!("{}- ", start(at == 0)));
                write_readable(item, indent + 2, true, text);
            }
        }
        scalar => text.push_str(&format!("{}{}\n", start(true), readable_scalar(scalar))),
    }
}

/// Quotes a text that would read like another type.
fn readable_scalar(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let shown = escaped(text, true);
    let is_other = ["", "null", "true", "false", "yes", "no"]
        .contains(&shown.to_ascii_lowercase().as_str())
        || (!shown.is_empty() && shown.chars().all(|c| c.is_ascii_digit()));
    if is_other { python_repr(&shown) } else { shown }
}

/// Returns a text in quotes, as Python prints it in messages.
pub(crate) fn python_repr(text: &str) -> String {
    let shown = escaped(&text.replace('\\', "\\\\"), true);
    if shown.contains('\'') && !shown.contains('"') {
        format!("\"{shown}\"")
    } else {
        format!("'{}'", shown.replace('\'', "\\'"))
    }
}

fn pretty(value: &Value) -> String {
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing a value into memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    ascii(&String::from_utf8_lossy(&bytes))
}

/// Escapes all characters of a JSON text that are not ASCII.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
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
    use super::*;

    #[test]
    fn readable_values_resemble_yaml() {
        let value =
            json!([{"name": "a", "zeta": {"list": [], "text": ""}, "alpha": ["x", 1], "on": true}]);
        let expected = "- name: a\n  alpha: \n    - x\n    - 1\n  on: true\n  zeta: \n    list: \n    text: ''";
        assert_eq!(readable(&value), expected);
        assert_eq!(python_repr("it's"), "\"it's\"");
        assert_eq!(python_repr("a\\b"), "'a\\\\b'");
    }

    #[test]
    fn json_is_ascii_sorted_and_indented_by_four() {
        let value = json!({"b": ["\u{e9}\u{1f600}\u{7f}"], "a": {}});
        let expected =
            "{\n    \"a\": {},\n    \"b\": [\n        \"\\u00e9\\ud83d\\ude00\\u007f\"\n    ]\n}";
        assert_eq!(pretty(&value), expected);
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).unwrap(), value);
    }

    #[test]
    fn terminal_control_sequences_are_escaped() {
        assert_eq!(escaped("a\u{1b}[2Jb\n\t\u{9b}", false), "a\\x1b[2Jb\n\t\\x9b");
        assert_eq!(escaped("a\nb", true), "a\\x0ab");
        assert_eq!(quoted("a b'c"), "'a b'\"'\"'c'");
        assert_eq!(quoted("photos/a-1.jpg"), "photos/a-1.jpg");
    }
}
