//! The text of an account in IndexedDB.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use b2_client::BoxFuture;
use wasm_bindgen::prelude::*;

use super::TextStore;
use crate::host::database::Entry;

/// Returns the entry of an account.
pub(super) fn account(database: &str) -> Entry {
    Entry::new(database.into(), "account")
}

impl TextStore for Entry {
    fn read(&self) -> BoxFuture<'_, Result<Option<String>, JsValue>> {
        Box::pin(self.read())
    }

    fn write(&self, text: Option<String>) -> BoxFuture<'_, Result<(), JsValue>> {
        Box::pin(self.replace(text))
    }

    fn location(&self) -> String {
        format!("IndexedDB {}", self.database())
    }
}

#[wasm_bindgen]
extern "C" {
    /// Memory that JavaScript uses where IndexedDB cannot be used.
    pub type Fallback;

    #[wasm_bindgen(method, getter)]
    fn text(this: &Fallback) -> Option<String>;

    #[wasm_bindgen(method, setter)]
    fn set_text(this: &Fallback, text: Option<&str>);

    #[wasm_bindgen(method, getter, js_name = isUsed)]
    fn is_used(this: &Fallback) -> bool;

    /// Uses it from now on, because of this error.
    #[wasm_bindgen(method, js_name = useFor)]
    fn use_for(this: &Fallback, error: &JsValue);
}

/// An entry, and what is used once IndexedDB has failed. The fallback has a copy of what was written: it may be needed
/// later.
pub(crate) struct WithFallback {
    entry: Entry,
    fallback: Fallback,
}

impl WithFallback {
    pub(crate) fn new(database: &str, fallback: Fallback) -> Self {
        Self { entry: account(database), fallback }
    }
}

impl TextStore for WithFallback {
    fn read(&self) -> BoxFuture<'_, Result<Option<String>, JsValue>> {
        Box::pin(async {
            if !self.fallback.is_used() {
                match self.entry.read().await {
                    Ok(text) => return Ok(text),
                    Err(error) => self.fallback.use_for(&error),
                }
            }
            Ok(self.fallback.text())
        })
    }

    fn write(&self, text: Option<String>) -> BoxFuture<'_, Result<(), JsValue>> {
        Box::pin(async move {
            self.fallback.set_text(text.as_deref());
            if !self.fallback.is_used()
                && let Err(error) = self.entry.replace(text).await
            {
                self.fallback.use_for(&error);
            }
            Ok(())
        })
    }

    fn location(&self) -> String {
        if self.fallback.is_used() { "memory".to_owned() } else { self.entry.location() }
    }
}
