//! From text to a tree.
//!
//! By hand, because a general reader brings floating point numbers, other kinds of input and errors of its
//! own along, which is several times as much code as this.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Json, JsonError, Object};
use crate::encoding::cut;

/// How deep lists and objects may lie in each other, so that no text can use up the stack. B2's go to 6.
const MAX_DEPTH: u32 = 128;

impl<'a> Json<'a> {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] if it is no JSON, or nests too deep.
    pub fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        let Ok(text) = core::str::from_utf8(text) else {
            return Err(JsonError::new("is not UTF-8"));
        };
        let mut parser = Parser { text, at: 0, fields: Vec::new() };
        let tree = parser.value(MAX_DEPTH).filter(|_| {
            parser.skip_space();
            parser.at == text.len()
        });
        tree.ok_or_else(|| JsonError::new(format!("is no JSON from byte {} on", parser.at)))
    }
}

/// `None` means that the text is wrong where the parser stands.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Of the objects that have not ended: so each gets one piece of memory, of the right size.
    fields: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: u32) -> Option<Json<'a>> {
        let depth = depth.checked_sub(1)?;
        Some(match self.next_token()? {
            b'{' => Json::Object(self.object(depth)?),
            b'[' => Json::List(self.list(depth)?),
            b'"' => Json::Text(self.string()?),
            b't' if self.word("true") => Json::Bool(true),
            b'f' if self.word("false") => Json::Bool(false),
            b'n' if self.word("null") => Json::Null,
            _ => self.number()?,
        })
    }

    fn object(&mut self, depth: u32) -> Option<Object<'a>> {
        let start = self.fields.len();
        self.at += 1;
        if self.next_token()? == b'}' {
            self.at += 1;
            return Some(Object::new());
        }
        loop {
            if self.next_token()? != b'"' {
                return None;
            }
            let name = self.string()?;
            if self.next_token()? != b':' {
                return None;
            }
            self.at += 1;
            let value = self.value(depth)?;
            self.fields.push((name, value));
            if self.ends(b'}')? {
                return Some(Object(self.fields.split_off(start)));
            }
        }
    }

    fn list(&mut self, depth: u32) -> Option<Vec<Json<'a>>> {
        let mut list = Vec::new();
        self.at += 1;
        if self.next_token()? == b']' {
            self.at += 1;
            return Some(list);
        }
        loop {
            list.push(self.value(depth)?);
            if self.ends(b']')? {
                return Some(list);
            }
        }
    }

    /// After an entry: whether it was the last, which `end` says; a comma says that it was not.
    fn ends(&mut self, end: u8) -> Option<bool> {
        let token = self.next_token()?;
        if token != end && token != b',' {
            return None;
        }
        self.at += 1;
        Some(token == end)
    }

    fn word(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.at += word.len();
        }
        there
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        let negative = self.takes(b"-");
        let zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (zero && digits > 1) {
            return None;
        }
        let fraction = self.takes(b".");
        if fraction && self.digits() == 0 {
            return None;
        }
        let exponent = self.takes(b"eE");
        if exponent {
            self.takes(b"+-");
            if self.digits() == 0 {
                return None;
            }
        }
        let text = self.text.get(start..self.at)?;
        let other = negative || fraction || exponent;
        let whole = if other { None } else { text.parse().ok() };
        Some(whole.map_or(Json::OtherNumber(Cow::Borrowed(text)), Json::Number))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        let mut owned = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.bytes().position(needs_escape)?;
            let (plain, _) = cut(rest, plain);
            self.at += plain.len();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    if owned.is_empty() {
                        return Some(Cow::Borrowed(plain));
                    }
                    owned.push_str(plain);
                    return Some(Cow::Owned(owned));
                }
                b'\\' => {
                    owned.push_str(plain);
                    owned.push(self.escape()?);
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = *self.text.as_bytes().get(self.at + 1)?;
        let char = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        };
        self.at += 2;
        Some(char)
    }

    /// `\u` and four digits, or two of them: a character beyond 16 bits is written as two surrogates.
    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        let code = match first {
            0xd800..0xdc00 => {
                let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                0x10000 + ((first - 0xd800) << 10) + second
            }
            code => code,
        };
        char::from_u32(code)
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().strip_prefix("\\u")?.get(..4)?;
        // `from_str_radix` takes a sign.
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u32::from_str_radix(digits, 16).ok().filter(|_| plain)?;
        self.at += 6;
        Some(unit)
    }

    fn takes(&mut self, bytes: &[u8]) -> bool {
        let there = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(there);
        there
    }

    /// The next byte that is no space.
    fn next_token(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        cut(self.text, self.at).1
    }
}

/// What a text cannot hold as it is.
const fn needs_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..=0x1f)
}
