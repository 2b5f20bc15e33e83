//! A map of a few entries.

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
        match self.position(&id) {
            Some(at) => self.0[at].1 = value,
            None => self.0.push((id, value)),
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn take(&mut self, id: K) -> Option<V> {
        self.position(&id).map(|at| self.0.swap_remove(at).1)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    fn position(&self, id: &K) -> Option<usize> {
        self.0.iter().position(|(known, _)| known == id)
    }
}
