//! A place in a tree that is read.

use core::cell::OnceCell;

use super::{FromJson, Json, JsonError, Object};

/// A place in a tree that is read: a value, or where one is missing.
///
/// Reading does not stop at what is wrong. The place notes it and gives something of the right type, and
/// who began to read ([`Json::read`]) gets the first error. So a type says what it is made of, and no more.
#[derive(Debug)]
pub struct Place<'a> {
    value: Option<&'a Json<'a>>,
    name: Name<'a>,
    within: Option<&'a Place<'a>>,
    wrong: &'a OnceCell<JsonError>,
}

/// What a place is called within another one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name<'a> {
    Whole,
    Field(&'a str),
    Entry(usize),
}

/// Reads a value that has this name, or says that it is missing.
pub(super) fn read<T>(
    value: Option<&Json<'_>>,
    name: Name<'_>,
    read: impl FnOnce(&Place<'_>) -> T,
) -> Result<T, JsonError> {
    let wrong = OnceCell::new();
    let read = read(&Place { value, name, within: None, wrong: &wrong });
    wrong.into_inner().map_or(Ok(read), Err)
}

impl<'a> Place<'a> {
    /// Reads a field.
    #[must_use]
    pub fn read<T: FromJson>(&self, name: &str) -> T {
        T::from_json(&self.field(name))
    }

    /// Reads a field whose absence and whose null mean the default.
    #[must_use]
    pub fn read_or_default<T: FromJson + Default>(&self, name: &str) -> T {
        let field = self.field(name);
        if field.is_absent() { T::default() } else { T::from_json(&field) }
    }

    /// Reads a field whose absence means `absent`.
    #[must_use]
    pub fn read_or<T: FromJson>(&self, name: &str, absent: T) -> T {
        let field = self.field(name);
        if field.value.is_none() { absent } else { T::from_json(&field) }
    }

    /// The field with this name; the first, if there are several.
    #[must_use]
    pub fn field<'p>(&'p self, name: &'p str) -> Place<'p> {
        let value = self.object().and_then(|object| object.get(name));
        Place { value, ..self.at(Name::Field(name)) }
    }

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Place<'_>)> {
        self.object().into_iter().flat_map(|object| &object.0).map(|(name, value)| {
            let field = self.at(Name::Field(name));
            (name.as_ref(), Place { value: Some(value), ..field })
        })
    }

    /// All entries of a list.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Place<'_>> {
        let entry = |(at, value)| Place { value: Some(value), ..self.at(Name::Entry(at)) };
        self.list().iter().enumerate().map(entry)
    }

    /// The entry of a list at this place.
    pub(super) fn entry(&self, at: usize) -> Place<'_> {
        Place { value: self.list().get(at), ..self.at(Name::Entry(at)) }
    }

    /// Whether there is nothing, or null.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self.value, None | Some(Json::Null))
    }

    /// Whether null is there.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.value, Some(Json::Null))
    }

    /// Whether a text is there.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self.value, Some(Json::Text(_)))
    }

    /// The text that must be there.
    #[must_use]
    pub fn text(&self) -> &'a str {
        match self.value {
            Some(Json::Text(text)) => text,
            _ => self.none("text", ""),
        }
    }

    /// The text, if anything is there: then it must be one.
    #[must_use]
    pub fn text_if_any(&self) -> Option<&'a str> {
        if self.is_absent() { None } else { Some(self.text()) }
    }

    /// The number that must be there: whole, and not negative.
    #[must_use]
    pub fn number(&self) -> u64 {
        match self.value {
            Some(Json::Number(number)) => *number,
            _ => self.none("a whole number", 0),
        }
    }

    /// What must be true or false.
    #[must_use]
    pub fn truth(&self) -> bool {
        match self.value {
            Some(Json::Bool(value)) => *value,
            _ => self.none("true or false", false),
        }
    }

    /// Says that something else should have been here.
    #[cold]
    #[inline(never)]
    pub fn is_not(&self, expected: &str) {
        self.wrong.get_or_init(|| {
            let mut error = match self.value {
                Some(value) => value.is_not(expected),
                None => JsonError::new("is missing"),
            };
            let mut place = Some(self);
            while let Some(Place { name, within, .. }) = place {
                error = match *name {
                    Name::Whole => error,
                    Name::Field(name) => error.of_field(name),
                    Name::Entry(at) => error.of_field(&format!("[{at}]")),
                };
                place = *within;
            }
            error
        });
    }

    /// Says that nothing is here, although something must be.
    pub(crate) fn is_missing(&self) {
        Place { value: None, ..*self }.is_not("");
    }

    fn none<T>(&self, expected: &str, instead: T) -> T {
        self.is_not(expected);
        instead
    }

    fn object(&self) -> Option<&'a Object<'a>> {
        match self.value {
            Some(Json::Object(object)) => Some(object),
            _ => self.none("an object", None),
        }
    }

    fn list(&self) -> &'a [Json<'a>] {
        match self.value {
            Some(Json::List(list)) => list,
            _ => self.none("a list", &[]),
        }
    }

    /// A place within this one, at which nothing is.
    const fn at<'p>(&'p self, name: Name<'p>) -> Place<'p> {
        Place { value: None, name, within: Some(self), wrong: self.wrong }
    }
}
