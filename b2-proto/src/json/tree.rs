//! The tree.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::place::{self, Name};
use super::{AsJson, Fields, FromJson, JsonError};

/// JSON, with texts and names borrowed where they can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 up, which is what all of B2's numbers are.
    Number(u64),
    /// Any other number, as it is written.
    OtherNumber(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
    /// Something that cannot be said in JSON; why. Only in a tree to be written, which fails.
    Unsayable(String),
}

/// The fields of an object, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a>(pub(super) Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Json<'a> {
    /// A text.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A text that nobody else has.
    #[must_use]
    pub const fn owned(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }

    /// Reads a type.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] that names the first field that is wrong.
    pub fn read<T: FromJson>(&self) -> Result<T, JsonError> {
        place::read(Some(self), Name::Whole, T::from_json)
    }

    /// The fields of an object.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] if it is none.
    pub fn fields(&self) -> Result<Fields<'_>, JsonError> {
        match self {
            Self::Object(object) => Ok(Fields::of(object)),
            _ => Err(self.is_not("an object")),
        }
    }

    /// The text, if it is one.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] if it is none.
    pub fn as_text(&self) -> Result<&str, JsonError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.is_not("text")),
        }
    }

    /// The number.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] if it is none, or is negative, has a fraction, or is more than 64 bits hold.
    pub fn as_number(&self) -> Result<u64, JsonError> {
        match self {
            Self::Number(number) => Ok(*number),
            _ => Err(self.is_not("a whole number")),
        }
    }

    /// Says that something else should have been here.
    #[cold]
    #[inline(never)]
    pub(crate) fn is_not(&self, expected: &str) -> JsonError {
        let found = match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::OtherNumber(_) => "a number out of range",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Unsayable(_) => "nothing that can be said",
        };
        JsonError::new(format!("is {found}, not {expected}"))
    }
}

impl<'a> Object<'a> {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The field with this name; the first, if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a field.
    pub fn put(&mut self, name: &'a str, value: Json<'a>) {
        self.0.push((Cow::Borrowed(name), value));
    }

    /// Adds a field of any type.
    pub fn add(&mut self, name: &'a str, value: &'a dyn AsJson) {
        self.put(name, value.as_json());
    }

    /// Adds a field of any type unless it is null.
    pub fn add_some(&mut self, name: &'a str, value: &'a dyn AsJson) {
        self.put_some(name, value.as_json());
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: &'a str, value: Json<'a>) -> Self {
        self.put(name, value);
        self
    }

    /// Adds a field unless it is null.
    pub fn put_some(&mut self, name: &'a str, value: Json<'a>) {
        if !matches!(value, Json::Null) {
            self.put(name, value);
        }
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Json<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Json<'a>)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl<'a> From<Object<'a>> for Json<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}
