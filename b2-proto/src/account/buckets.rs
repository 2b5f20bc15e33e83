//! Which bucket id belongs to which name.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{AsJson, FromJson, Json, Place, serde_read, serde_write};
use crate::model::BucketId;

/// The names of an account's buckets, as far as they were seen. Names are compared without case, as B2 does.
///
/// In JSON, an object with a name for each id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketNames {
    /// By id. An account has a hundred buckets at most unless B2 allows it more.
    names: Vec<(BucketId, String)>,
}

impl BucketNames {
    /// Notes the name of a bucket; an older name of it, and an older bucket of that name, are forgotten.
    pub fn remember(&mut self, id: BucketId, name: &str) {
        self.names.retain(|(known, old)| *known != id && !old.eq_ignore_ascii_case(name));
        let at = self.names.partition_point(|(known, _)| *known < id);
        self.names.insert(at, (id, name.to_owned()));
    }

    /// Forgets a bucket: it was deleted, or B2 does not know its id.
    pub fn forget(&mut self, id: &BucketId) {
        self.names.retain(|(known, _)| known != id);
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
        self.names.iter().find(|(known, _)| known == id).map(|(_, name)| name.as_str())
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

impl FromJson for BucketNames {
    fn from_json(place: &Place<'_>) -> Self {
        let mut names = Self::default();
        for (id, name) in place.fields() {
            names.remember(id.into(), name.text());
        }
        names
    }
}

impl AsJson for BucketNames {
    fn as_json(&self) -> Json<'_> {
        let fields = self.iter().map(|(id, name)| (id.as_str().into(), Json::text(name)));
        Json::Object(fields.collect())
    }
}

serde_read!(BucketNames);
serde_write!(BucketNames);
