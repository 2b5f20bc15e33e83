//! The fields of an object that is read.

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
        self.0.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
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
        match self.get(name) {
            Some(value) => T::from_json(value).map_err(|error| error.of_field(name)),
            None => T::missing().ok_or_else(|| missing(name)),
        }
    }

    /// Reads a field whose absence and whose null mean the default.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] that names the field, if it cannot be read.
    pub fn read_or_default<T: FromJson + Default>(&self, name: &str) -> Result<T, JsonError> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(T::default()),
            Some(value) => T::from_json(value).map_err(|error| error.of_field(name)),
        }
    }

    /// Reads a field whose absence means `absent`.
    ///
    /// # Errors
    ///
    /// A [`JsonError`] that names the field, if it cannot be read.
    pub fn read_or<T: FromJson>(&self, name: &str, absent: T) -> Result<T, JsonError> {
        match self.get(name) {
            None => Ok(absent),
            Some(value) => T::from_json(value).map_err(|error| error.of_field(name)),
        }
    }
}

/// A field that must be there is not.
pub(crate) fn missing(name: &str) -> JsonError {
    JsonError::new("is missing").of_field(name)
}
