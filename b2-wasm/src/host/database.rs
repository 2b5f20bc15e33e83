//! Entries of text in IndexedDB.

use alloc::string::String;
use core::time::Duration;

use js_sys::{Error, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{
    Event, EventTarget, IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransactionMode,
};

use super::timer::Activity;
use crate::task::{Polling, settled};

/// The version of the database.
const VERSION: u32 = 1;

/// The only object store of the database.
const ENTRIES: &str = "entries";

/// The time to open a database: a browser whose storage is broken may never respond.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// One entry of a database.
///
/// The database is opened for each access, so that no connection blocks another tab that deletes it.
pub(crate) struct Entry {
    database: String,
    key: &'static str,
}

/// What is done with an entry.
pub(crate) enum Change {
    Keep,
    Put(String),
    Remove,
}

impl Entry {
    pub(crate) fn new(database: String, key: &'static str) -> Self {
        Self { database, key }
    }

    /// Returns the name of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Reads the text.
    ///
    /// # Errors
    ///
    /// The exception, if IndexedDB is missing, blocked or broken.
    pub(crate) async fn read(&self) -> Result<Option<String>, JsValue> {
        let mut read = None;
        let mut keep = |text| {
            read = text;
            Change::Keep
        };
        self.access(IdbTransactionMode::Readonly, &mut keep).await?;
        Ok(read)
    }

    /// Reads the text, and writes what `change` returns, in one transaction. Resolves when it is stored.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read); also if the storage is full.
    pub(crate) async fn update(
        &self,
        change: &mut dyn FnMut(Option<String>) -> Change,
    ) -> Result<(), JsValue> {
        self.access(IdbTransactionMode::Readwrite, change).await
    }

    /// Replaces the text, or removes it.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    pub(crate) async fn replace(&self, mut text: Option<String>) -> Result<(), JsValue> {
        self.update(&mut |_| text.take().map_or(Change::Remove, Change::Put)).await
    }

    async fn access(
        &self,
        mode: IdbTransactionMode,
        change: &mut dyn FnMut(Option<String>) -> Change,
    ) -> Result<(), JsValue> {
        let (_connection, database) = open(&self.database).await?;
        let transaction = database.transaction_with_str_and_mode(ENTRIES, mode)?;
        let ended = first_of(&transaction, &["complete", "abort"]);
        let entries = transaction.object_store(ENTRIES)?;
        let key = self.key.into();
        let text = read(&entries, &key).await?;
        // The transaction is active until the microtasks of the event have run, this one among them.
        match change(text) {
            Change::Keep => {}
            Change::Put(text) => drop(entries.put_with_key(&text.into(), &key)?),
            Change::Remove => drop(entries.delete(&key)?),
        }
        match settled(&ended).await {
            Ok(event) if event.unchecked_ref::<Event>().type_() == "complete" => Ok(()),
            _ => Err(transaction.error().map_or(JsValue::UNDEFINED, Into::into)),
        }
    }
}

async fn read(entries: &IdbObjectStore, key: &JsValue) -> Result<Option<String>, JsValue> {
    let request = entries.get(key)?;
    settled(&first_of(&request, &["success", "error"])).await?;
    // Undefined after an error, which then aborts the transaction.
    Ok(request.result()?.as_string())
}

/// Returns a promise that resolves to the first of these events.
fn first_of(target: &EventTarget, events: &[&str]) -> Promise {
    Promise::new(&mut |resolve, _| events.iter().for_each(|name| listen(target, name, &resolve)))
}

fn listen(target: &EventTarget, event: &str, listener: &Function) {
    // An event target takes every listener.
    let _ = target.add_event_listener_with_callback(event, listener);
}

/// A request to open a database, and later the connection. Closes the connection when it is dropped.
struct Connection(IdbOpenDbRequest);

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(database) = opened(&self.0) {
            database.close();
            return;
        }
        // A connection that opens too late would block other tabs.
        let request = self.0.clone();
        let close: Closure<Polling> = Closure::new(move |_| {
            if let Some(database) = opened(&request) {
                database.close();
            }
            Ok(())
        });
        listen(&self.0, "success", close.into_js_value().unchecked_ref());
    }
}

/// Returns the database, if the request has opened it.
fn opened(request: &IdbRequest) -> Option<IdbDatabase> {
    let result = request.result().ok()?;
    (!result.is_undefined()).then(|| result.unchecked_into())
}

async fn open(name: &str) -> Result<(Connection, IdbDatabase), JsValue> {
    // Where it is undefined, the next call is a `TypeError`.
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    let factory: IdbFactory = factory.unchecked_into();
    let connection = Connection(factory.open_with_u32(name, VERSION)?);
    let request = &connection.0;
    let created = request.clone();
    let create: Closure<Polling> = Closure::new(move |_| {
        if let Some(database) = opened(&created) {
            let _ = database.create_object_store(ENTRIES);
        }
        Ok(())
    });
    // In an instance that has ended it throws, which undoes the creation.
    listen(request, "upgradeneeded", create.into_js_value().unchecked_ref());
    let finished = first_of(request, &["success", "error"]);
    Activity::new().or_idle(OPEN_TIMEOUT, settled(&finished)).await;
    if let Some(database) = opened(request) {
        return Ok((connection, database));
    }
    Err(match request.error() {
        Ok(Some(error)) => error.into(),
        _ => Error::new("the database does not open").into(),
    })
}
