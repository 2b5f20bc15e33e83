//! From a tree to text.

use alloc::string::{String, ToString};
use core::fmt::Write as _;

use super::{Json, JsonError};

impl Json<'_> {
    /// The text.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] if something in the tree cannot be said.
    pub fn to_text(&self) -> Result<String, JsonError> {
        let mut out = String::new();
        self.write(&mut out)?;
        Ok(out)
    }

    fn write(&self, out: &mut String) -> Result<(), JsonError> {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::OtherNumber(number) => out.push_str(number),
            Self::Text(text) => write_text(text, out),
            Self::List(list) => {
                let mut separator = '[';
                for entry in list {
                    out.push(separator);
                    entry.write(out)?;
                    separator = ',';
                }
                out.push_str(if list.is_empty() { "[]" } else { "]" });
            }
            Self::Object(object) => {
                let mut separator = '{';
                for (name, value) in &object.0 {
                    out.push(separator);
                    write_text(name, out);
                    out.push(':');
                    value.write(out)?;
                    separator = ',';
                }
                out.push_str(if object.0.is_empty() { "{}" } else { "}" });
            }
            Self::Unsayable(why) => return Err(JsonError::new(format!("cannot be said: {why}"))),
        }
        Ok(())
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            // Writing to a text cannot fail.
            '\0'..='\x1f' => drop(write!(out, "\\u{:04x}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push('"');
}
