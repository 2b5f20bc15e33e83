//! Which bucket id belongs to which name.

use crate::json::{AsJson, FromJson, Json, JsonError, serde_read, serde_write};
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

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl FromIterator<(BucketId, String)> for BucketNames {
    fn from_iter<I: IntoIterator<Item = (BucketId, String)>>(buckets: I) -> Self {
        let mut names = Self::default();
        names.replace(buckets);
        names
    }
}

impl<const N: usize> From<[(BucketId, String); N]> for BucketNames {
    fn from(buckets: [(BucketId, String); N]) -> Self {
        Self::from_iter(buckets)
    }
}

impl FromJson for BucketNames {
    fn from_json(json: &Json<'_>) -> Result<Self, JsonError> {
        let mut names = Self::default();
        for (id, name) in json.fields()?.iter() {
            names.remember(id.into(), name.as_text().map_err(|error| error.of_field(id))?);
        }
        Ok(names)
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
