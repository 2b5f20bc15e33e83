//! A map of a few entries.

use alloc::vec::Vec;

/// Values by id, as many as one machine has under way: so few that comparing each is the shortest way.
pub(crate) struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + PartialEq, V> Few<K, V> {
    pub(crate) fn get(&self, id: K) -> Option<&V> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }

    /// Adds a value, in place of one with the same id.
    pub(crate) fn put(&mut self, id: K, value: V) {
        self.take(id);
        self.0.push((id, value));
    }

    pub(crate) fn take(&mut self, id: K) -> Option<V> {
        let at = self.0.iter().position(|(known, _)| *known == id)?;
        Some(self.0.swap_remove(at).1)
    }
}
