//! Which bucket id belongs to which name.

use std::collections::BTreeMap;

use crate::model::BucketId;

/// The names of an account's buckets, as far as they were seen. Names are compared without case, as B2 does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketNames {
    /// In the order of the ids.
    names: Vec<(BucketId, String)>,
}

impl BucketNames {
    /// Notes the name of a bucket; an older name of it, and an older bucket of that name, are forgotten.
    pub fn remember(&mut self, id: BucketId, name: &str) {
        self.names.retain(|(other, known)| *other != id && !known.eq_ignore_ascii_case(name));
        let at = self.names.partition_point(|(other, _)| *other < id);
        self.names.insert(at, (id, name.to_owned()));
    }

    /// Forgets a bucket: it was deleted, or B2 does not know its id.
    pub fn forget(&mut self, id: &BucketId) {
        self.names.retain(|(other, _)| other != id);
    }

    /// Replaces all names: the complete list was seen.
    pub fn replace(&mut self, buckets: impl IntoIterator<Item = (BucketId, String)>) {
        self.names.clear();
        for (id, name) in buckets {
            self.remember(id, &name);
        }
    }

    /// The id of the bucket with this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&BucketId> {
        self.names.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(id, _)| id)
    }

    /// The name of the bucket with this id.
    #[must_use]
    pub fn name(&self, id: &BucketId) -> Option<&str> {
        self.names.iter().find(|(known, _)| known == id).map(|(_, name)| name.as_str())
    }

    /// All names, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&BucketId, &str)> {
        self.names.iter().map(|(id, name)| (id, name.as_str()))
    }

    pub(super) fn to_map(&self) -> BTreeMap<BucketId, String> {
        self.names.iter().cloned().collect()
    }
}
