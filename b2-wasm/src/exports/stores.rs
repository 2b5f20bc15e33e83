//! Account info and bucket names in IndexedDB.

use alloc::rc::Rc;
use alloc::string::String;
use core::fmt;

use b2_client::{Cache, ClientBuilder};
use futures::TryFutureExt;
use js_sys::Function;
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;

use super::job::{Job, nothing};
use crate::host::WebHost;
use crate::store::{Fallback, IndexedDbCache, JsonStore, TextStore, WithFallback};

/// The text of an account in IndexedDB.
#[wasm_bindgen]
pub struct StoreHandle(Rc<dyn TextStore>);

#[wasm_bindgen]
impl StoreHandle {
    /// Creates a store in the database of this name. Nothing is opened yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(database: &str, fallback: Fallback) -> Self {
        Self(Rc::new(WithFallback::new(database, fallback)))
    }

    /// Resolves to the text, or to `undefined`.
    pub fn load(&self) -> Job {
        let store = self.0.clone();
        Job::start(async move {
            // With a fallback, it does not fail.
            let text = store.read().await.ok().flatten();
            Ok(text.map_or(JsValue::UNDEFINED, Into::into))
        })
    }

    /// Replaces the text, or removes it. Resolves to `undefined`.
    pub fn save(&self, text: Option<String>) -> Job {
        let store = self.0.clone();
        Job::start(async move { Ok(nothing(store.write(text).await)) })
    }
}

impl fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreHandle")
    }
}

/// The names of buckets in IndexedDB.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CacheHandle(IndexedDbCache);

#[wasm_bindgen]
impl CacheHandle {
    /// Creates a cache in the database of this name. Nothing is opened yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(database: &str, on_failed: Function) -> Self {
        Self(IndexedDbCache::new(database, on_failed))
    }

    /// Removes all names. Resolves to `undefined`.
    pub fn clear(&self) -> Job {
        let cache = self.0.clone();
        Job::start(async move { cache.clear().map_ok(nothing).await })
    }
}

/// Sets the store and the cache of a client: a [`StoreHandle`] or another object, and a [`CacheHandle`].
pub(super) fn set(
    mut builder: ClientBuilder<WebHost>,
    store: JsValue,
    cache: JsValue,
) -> ClientBuilder<WebHost> {
    match StoreHandle::try_from_js_value(store) {
        Ok(StoreHandle(text)) => builder = builder.store(JsonStore::new(text)),
        Err(object) if object.is_object() => builder = builder.store(JsonStore::in_object(object)),
        Err(_) => {}
    }
    if let Ok(CacheHandle(cache)) = CacheHandle::try_from_js_value(cache) {
        builder = builder.cache(cache);
    }
    builder
}
