//! An account store that JavaScript implements: in IndexedDB, in a file.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use b2_client::proto::ErrorKind;
use b2_client::proto::account::Snapshot;
use b2_client::{AccountStore, BoxFuture, Error};
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::task::settled;

#[wasm_bindgen]
extern "C" {
    /// The object.
    type StoreObject;

    #[wasm_bindgen(method, catch)]
    fn load(this: &StoreObject) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn save(this: &StoreObject, text: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn clear(this: &StoreObject) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn location(this: &StoreObject) -> Option<String>;
}

/// A JavaScript object that stores one string: `load(): Promise<string | undefined>`,
/// `save(text: string): Promise<void>`, `clear(): Promise<void>`, and a `location` for messages.
pub struct JsStore(StoreObject);

impl JsStore {
    /// A store over this object.
    #[must_use]
    pub fn new(store: JsValue) -> Self {
        Self(store.unchecked_into())
    }

    fn failed(&self) -> Error {
        let message = format!("{} cannot be used", AccountStore::location(self));
        b2_client::proto::Error::new(ErrorKind::AccountStore, message).into()
    }

    async fn result(&self, promise: Result<Promise, JsValue>) -> Result<JsValue, Error> {
        let promise = promise.map_err(|_| self.failed())?;
        settled(&promise).await.map_err(|_| self.failed())
    }
}

impl AccountStore for JsStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        Box::pin(async {
            let Some(text) = self.result(self.0.load()).await?.as_string() else {
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
            self.result(self.0.save(&text)).await.map(drop)
        })
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { self.result(self.0.clear()).await.map(drop) })
    }

    fn location(&self) -> String {
        self.0.location().unwrap_or_else(|| "the store".to_owned())
    }
}

impl fmt::Debug for JsStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsStore")
    }
}
