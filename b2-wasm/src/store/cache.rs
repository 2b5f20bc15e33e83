//! The names of buckets in IndexedDB.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::fmt;

use b2_client::proto::account::BucketNames;
use b2_client::proto::model::BucketId;
use b2_client::{BoxFuture, Cache, Error};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::host::database::{Change, Entry};

/// Caches the names of buckets in IndexedDB, for all tabs of an origin.
///
/// Where IndexedDB cannot be used, it keeps the names in memory.
#[derive(Clone)]
pub struct IndexedDbCache(Rc<Inner>);

struct Inner {
    entry: Entry,
    /// The last known names.
    names: RefCell<BucketNames>,
    failed: Cell<bool>,
    on_failed: Function,
}

impl IndexedDbCache {
    /// Creates a cache in the database of this name. `on_failed` is called with the exception once IndexedDB fails.
    #[must_use]
    pub fn new(database: &str, on_failed: Function) -> Self {
        let entry = Entry::new(database.into(), "buckets");
        let (names, failed) = (RefCell::default(), Cell::new(false));
        Self(Rc::new(Inner { entry, names, failed, on_failed }))
    }

    /// Reads the names, which another tab may have changed.
    async fn refresh(&self) {
        if !self.0.failed.get() {
            match self.0.entry.read().await {
                Ok(text) => *self.0.names.borrow_mut() = parsed(text.as_deref()),
                Err(error) => self.fail(&error),
            }
        }
    }

    async fn change(&self, change: &dyn Fn(&mut BucketNames)) {
        change(&mut self.0.names.borrow_mut());
        if self.0.failed.get() {
            return;
        }
        let mut update = |text: Option<String>| {
            let mut names = parsed(text.as_deref());
            change(&mut names);
            match serde_json::to_string(&names) {
                Ok(changed) if Some(&changed) != text.as_ref() => Change::Put(changed),
                _ => Change::Keep,
            }
        };
        if let Err(error) = self.0.entry.update(&mut update).await {
            self.fail(&error);
        }
    }

    fn fail(&self, error: &JsValue) {
        if !self.0.failed.replace(true) {
            let _ = self.0.on_failed.call1(&JsValue::UNDEFINED, error);
        }
    }
}

/// Reads the names; there are none if the text cannot be read.
fn parsed(text: Option<&str>) -> BucketNames {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

impl Cache for IndexedDbCache {
    fn bucket_id<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>> {
        Box::pin(async {
            self.refresh().await;
            Ok(self.0.names.borrow().id(name).cloned())
        })
    }

    fn bucket_name<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<Option<String>, Error>> {
        Box::pin(async {
            self.refresh().await;
            Ok(self.0.names.borrow().name(id).map(ToOwned::to_owned))
        })
    }

    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>> {
        Box::pin(async {
            self.refresh().await;
            Ok(self.0.names.borrow().clone())
        })
    }

    fn save_bucket<'a>(
        &'a self,
        id: &'a BucketId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            self.change(&|names| names.remember(id.clone(), name)).await;
            Ok(())
        })
    }

    fn remove_bucket<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            self.change(&|names| names.forget(id)).await;
            Ok(())
        })
    }

    fn replace_buckets<'a>(&'a self, names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            self.change(&|old| old.clone_from(names)).await;
            Ok(())
        })
    }
}

impl fmt::Debug for IndexedDbCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexedDbCache")
    }
}
