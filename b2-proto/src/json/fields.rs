//! The fields of an object that is read.

use super::place::{self, Name};
use super::{FromJson, Json, JsonError, Object};

/// The fields of an object that is read.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'j>(&'j Object<'j>);

impl<'j> Fields<'j> {
    pub(crate) fn of(object: &'j Object<'_>) -> Self {
        Self(object)
    }

    /// The field with this name; the first, if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'j Json<'j>> {
        self.0.get(name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'j str, &'j Json<'j>)> {
        self.0.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Reads a field.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] that names the field, if it cannot be read or is missing and must not be.
    pub fn read<T: FromJson>(&self, name: &str) -> Result<T, JsonError> {
        place::read(self.get(name), Name::Field(name), T::from_json)
    }
}
