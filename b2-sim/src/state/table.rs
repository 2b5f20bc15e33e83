//! Entries by id, which can record which of them change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde::{Deserialize, Serialize, Serializer};

/// Entries by id.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "BTreeMap<String, V>")]
pub(crate) struct Table<V> {
    entries: BTreeMap<String, V>,
    /// The ids of the entries that were inserted, changed or removed; `None` if that is not recorded.
    changed: Option<BTreeSet<String>>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        BTreeMap::new().into()
    }
}

impl<V> From<BTreeMap<String, V>> for Table<V> {
    fn from(entries: BTreeMap<String, V>) -> Self {
        Self { entries, changed: None }
    }
}

impl<V> Deref for Table<V> {
    type Target = BTreeMap<String, V>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<V: Serialize> Serialize for Table<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<V> Table<V> {
    pub(crate) fn insert(&mut self, id: String, entry: V) {
        self.note(&id);
        self.entries.insert(id, entry);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<V> {
        self.note(id);
        self.entries.remove(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut V> {
        self.note(id);
        self.entries.get_mut(id)
    }

    /// Returns an entry for changes that it records itself.
    pub(super) fn get_mut_unrecorded(&mut self, id: &str) -> Option<&mut V> {
        self.entries.get_mut(id)
    }

    pub(super) fn values_mut_unrecorded(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut()
    }

    /// Records changes from now on.
    pub(super) fn record(&mut self) {
        self.changed.get_or_insert_default();
    }

    /// Returns the ids of the entries that have changed since the last time.
    pub(super) fn take_changed(&mut self) -> BTreeSet<String> {
        self.changed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, id: &str) {
        if let Some(changed) = &mut self.changed {
            changed.insert(id.to_owned());
        }
    }
}
