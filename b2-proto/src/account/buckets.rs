//! Which bucket id belongs to which name.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::model::BucketId;

/// The names of an account's buckets, as far as they were seen. Names are compared without case, as B2 does.
///
/// In JSON, an object with a name for each id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<BucketId, String>", into = "BTreeMap<BucketId, String>")]
pub struct BucketNames {
    names: BTreeMap<BucketId, String>,
}

impl BucketNames {
    /// Notes the name of a bucket; an older name of it, and an older bucket of that name, are forgotten.
    pub fn remember(&mut self, id: BucketId, name: &str) {
        self.names.retain(|_, old| !old.eq_ignore_ascii_case(name));
        self.names.insert(id, name.to_owned());
    }

    /// Forgets a bucket: it was deleted, or B2 does not know its id.
    pub fn forget(&mut self, id: &BucketId) {
        self.names.remove(id);
    }

    /// Replaces all names: the complete list was seen.
    pub fn replace(&mut self, buckets: impl IntoIterator<Item = (BucketId, String)>) {
        *self = buckets.into_iter().collect();
    }

    /// The id of the bucket with this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&BucketId> {
        self.names.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(id, _)| id)
    }

    /// The name of the bucket with this id.
    #[must_use]
    pub fn name(&self, id: &BucketId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All names, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&BucketId, &str)> {
        self.names.iter().map(|(id, name)| (id, name.as_str()))
    }
}

impl FromIterator<(BucketId, String)> for BucketNames {
    fn from_iter<I: IntoIterator<Item = (BucketId, String)>>(buckets: I) -> Self {
        let mut names = Self::default();
        for (id, name) in buckets {
            names.remember(id, &name);
        }
        names
    }
}

impl From<BTreeMap<BucketId, String>> for BucketNames {
    fn from(names: BTreeMap<BucketId, String>) -> Self {
        names.into_iter().collect()
    }
}

impl From<BucketNames> for BTreeMap<BucketId, String> {
    fn from(names: BucketNames) -> Self {
        names.names
    }
}
