//! The names of buckets by id.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::model::BucketId;

/// The known names of an account's buckets. Names are compared without case, as B2 does.
///
/// In JSON, an object with a name for each id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<BucketId, String>", into = "BTreeMap<BucketId, String>")]
pub struct BucketNames {
    names: BTreeMap<BucketId, String>,
}

impl BucketNames {
    /// Adds the name of a bucket. Removes an older name of the bucket, and an older bucket of that name.
    pub fn remember(&mut self, id: BucketId, name: &str) {
        self.names.retain(|_, old| !old.eq_ignore_ascii_case(name));
        self.names.insert(id, name.to_owned());
    }

    /// Removes a bucket that does not exist any more.
    pub fn forget(&mut self, id: &BucketId) {
        self.names.remove(id);
    }

    /// Replaces all names.
    pub fn replace(&mut self, buckets: impl IntoIterator<Item = (BucketId, String)>) {
        *self = buckets.into_iter().collect();
    }

    /// Returns the id of the bucket with this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&BucketId> {
        self.names.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(id, _)| id)
    }

    /// Returns the name of the bucket with this id.
    #[must_use]
    pub fn name(&self, id: &BucketId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Returns whether no name is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Iterates over all names, by id.
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
