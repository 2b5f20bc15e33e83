//! Objects that keep a text.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use b2_client::BoxFuture;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::TextStore;
use crate::task::settled;

#[wasm_bindgen]
extern "C" {
    /// An object with the functions of an `AccountStore`.
    pub(super) type StoreObject;

    #[wasm_bindgen(method, catch)]
    fn load(this: &StoreObject) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn save(this: &StoreObject, text: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn clear(this: &StoreObject) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn location(this: &StoreObject) -> Option<String>;
}

impl TextStore for StoreObject {
    fn read(&self) -> BoxFuture<'_, Result<Option<String>, JsValue>> {
        Box::pin(async { Ok(settled(&self.load()?).await?.as_string()) })
    }

    fn write(&self, text: Option<String>) -> BoxFuture<'_, Result<(), JsValue>> {
        Box::pin(async move {
            let written = match text {
                Some(text) => self.save(&text),
                None => self.clear(),
            };
            settled(&written?).await.map(drop)
        })
    }

    fn location(&self) -> String {
        self.location().unwrap_or_else(|| "the store".to_owned())
    }
}
