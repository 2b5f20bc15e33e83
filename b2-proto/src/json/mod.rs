//! JSON without a reader and a writer for each type.
//!
//! serde generates code for every type, and again for every type it is read from: several hundred kilobytes
//! for all that B2 says, which every visitor of a page would load. Here text becomes one small tree
//! ([`Json`]), and each type says in a few lines how it is taken out of the tree ([`FromJson`]) and put into
//! one ([`AsJson`]). The same two traits give the types of [`model`](crate::model) and [`api`](crate::api)
//! their serde traits, so nothing is described twice.
//!
//! ```
//! use b2_proto::json::{read, write};
//! use b2_proto::model::FileIdAndName;
//!
//! let deleted: FileIdAndName = read(br#"{"fileId": "4_z", "fileName": "a", "new": [1.5]}"#)?;
//! assert_eq!(write(&deleted)?, r#"{"fileId":"4_z","fileName":"a"}"#);
//!
//! let error = read::<FileIdAndName>(br#"{"fileId": 4}"#).unwrap_err();
//! assert_eq!(error.to_string(), "`fileId` is a number, not text");
//! # Ok::<(), b2_proto::json::JsonError>(())
//! ```

mod describe;
mod error;
mod fields;
mod interop;
mod parse;
mod place;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod write;

use alloc::string::String;

pub(crate) use describe::{
    object, read_object, read_text, read_tree, serde_read, serde_write, tree, write_object,
    write_text, write_tree,
};
pub use error::JsonError;
pub use fields::Fields;
pub(crate) use interop::{deserialize, serialize};
pub use place::Place;
pub use tree::{Json, Object};

/// A type that can be taken out of a tree.
pub trait FromJson: Sized {
    /// Takes it out. Fields that it does not know are ignored. Where something else should be, the place
    /// notes it ([`Place::is_not`]), and any value will do.
    fn from_json(place: &Place<'_>) -> Self;
}

/// A type that can be put into a tree.
pub trait AsJson {
    /// A tree that borrows from it.
    fn as_json(&self) -> Json<'_>;
}

/// Reads a type from JSON.
///
/// # Errors
///
/// A [`JsonError`] that names the field, or the place in the text.
pub fn read<T: FromJson>(text: &[u8]) -> Result<T, JsonError> {
    Json::parse(text)?.read()
}

/// Writes a type as JSON.
///
/// # Errors
///
/// A [`JsonError`] if it holds something that cannot be said, such as a retention that is unknown.
pub fn write(value: &(impl AsJson + ?Sized)) -> Result<String, JsonError> {
    value.as_json().to_text()
}
