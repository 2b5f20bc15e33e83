//! Stores of an account and of the names of buckets: objects of JavaScript, and IndexedDB.

#[cfg(feature = "full")]
mod cache;
#[cfg(feature = "full")]
mod indexed_db;
mod object;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::fmt;

use b2_client::proto::ErrorKind;
use b2_client::proto::account::Snapshot;
use b2_client::{AccountStore, BoxFuture, Error};
use wasm_bindgen::prelude::*;

#[cfg(feature = "full")]
pub use cache::IndexedDbCache;
#[cfg(feature = "full")]
pub(crate) use indexed_db::{Fallback, WithFallback};
use object::StoreObject;

/// A place for one text.
pub(crate) trait TextStore {
    /// Returns the text, if there is one.
    fn read(&self) -> BoxFuture<'_, Result<Option<String>, JsValue>>;

    /// Replaces the text, or removes it.
    fn write(&self, text: Option<String>) -> BoxFuture<'_, Result<(), JsValue>>;

    /// Describes the place to a person.
    fn location(&self) -> String;
}

/// An account store that keeps the account as JSON text.
pub struct JsonStore(Rc<dyn TextStore>);

impl JsonStore {
    /// Creates a store in a JavaScript object: `load(): Promise<string | undefined>`,
    /// `save(text: string): Promise<void>`, `clear(): Promise<void>`, and a `location` for messages.
    #[must_use]
    pub fn in_object(object: JsValue) -> Self {
        Self::new(Rc::new(object.unchecked_into::<StoreObject>()))
    }

    /// Creates a store in the IndexedDB database of this name.
    #[cfg(feature = "full")]
    #[must_use]
    pub fn in_indexed_db(database: &str) -> Self {
        Self::new(Rc::new(indexed_db::account(database)))
    }

    pub(crate) fn new(text: Rc<dyn TextStore>) -> Self {
        Self(text)
    }

    fn failed(&self) -> Error {
        let message = format!("{} cannot be used", self.0.location());
        b2_client::proto::Error::new(ErrorKind::AccountStore, message).into()
    }
}

impl AccountStore for JsonStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        Box::pin(async {
            let Some(text) = self.0.read().await.map_err(|_| self.failed())? else {
                return Ok(None);
            };
            let snapshot = serde_json::from_str(&text);
            snapshot.map(Some).map_err(|_| {
                let message = "what is stored about the account cannot be read; authorize it again";
                b2_client::proto::Error::new(ErrorKind::CorruptAccountInfo, message).into()
            })
        })
    }

    fn save<'a>(&'a self, snapshot: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            let text = serde_json::to_string(snapshot).map_err(|_| self.failed())?;
            self.0.write(Some(text)).await.map_err(|_| self.failed())
        })
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { self.0.write(None).await.map_err(|_| self.failed()) })
    }

    fn location(&self) -> String {
        self.0.location()
    }
}

impl fmt::Debug for JsonStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonStore")
    }
}
