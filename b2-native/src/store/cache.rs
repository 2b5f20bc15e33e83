//! A cache in a JSON file.

use std::path::PathBuf;

use b2_client::{BoxFuture, Cache, Error};
use b2_proto::account::BucketNames;
use b2_proto::model::BucketId;

use super::io_failed;
use super::json::JsonFile;
use crate::blocking;

/// Caches bucket names in a JSON file.
///
/// The file is replaced in one step, so that several processes may use it at once: the last one to save wins. A file
/// that cannot be read is an error and is not replaced.
#[derive(Clone, Debug)]
pub struct FileCache(JsonFile);

const BUCKETS: &str = "buckets";

impl FileCache {
    /// Returns a cache in the file at `path`, which need not exist. Nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(JsonFile::new(path))
    }

    fn read<T: Send + 'static>(
        &self,
        find: impl FnOnce(BucketNames) -> T + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Error>> {
        let file = self.0.clone();
        Box::pin(blocking::run(move || Ok(find(names(&file)?))))
    }

    fn change(
        &self,
        change: impl FnOnce(&mut BucketNames) + Send + 'static,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let file = self.0.clone();
        Box::pin(blocking::run(move || {
            let before = names(&file)?;
            let mut names = before.clone();
            change(&mut names);
            if names == before {
                return Ok(());
            }
            let value = serde_json::to_value(&names)
                .map_err(|error| io_failed(file.path(), error.into()))?;
            let mut fields = file.read()?.unwrap_or_default();
            fields.insert(BUCKETS.to_owned(), value);
            file.write(fields)
        }))
    }
}

fn names(file: &JsonFile) -> Result<BucketNames, Error> {
    let mut fields = file.read()?.unwrap_or_default();
    let names = fields.remove(BUCKETS).and_then(|value| serde_json::from_value(value).ok());
    Ok(names.unwrap_or_default())
}

impl Cache for FileCache {
    fn bucket_id<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<BucketId>, Error>> {
        let name = name.to_owned();
        self.read(move |names| names.id(&name).cloned())
    }

    fn bucket_name<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<Option<String>, Error>> {
        let id = id.clone();
        self.read(move |names| names.name(&id).map(str::to_owned))
    }

    fn bucket_names(&self) -> BoxFuture<'_, Result<BucketNames, Error>> {
        self.read(|names| names)
    }

    fn save_bucket<'a>(
        &'a self,
        id: &'a BucketId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let (id, name) = (id.clone(), name.to_owned());
        self.change(move |names| names.remember(id, &name))
    }

    fn remove_bucket<'a>(&'a self, id: &'a BucketId) -> BoxFuture<'a, Result<(), Error>> {
        let id = id.clone();
        self.change(move |names| names.forget(&id))
    }

    fn replace_buckets<'a>(&'a self, names: &'a BucketNames) -> BoxFuture<'a, Result<(), Error>> {
        let all = names.clone();
        self.change(move |names| *names = all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_stored_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/cache.json");
        let cache = FileCache::new(&path);
        assert_eq!(cache.bucket_id("photos").await.unwrap(), None);
        assert!(!path.exists());
        cache.save_bucket(&"1".into(), "Photos").await.unwrap();
        cache.save_bucket(&"2".into(), "music").await.unwrap();
        let again = FileCache::new(&path);
        assert_eq!(again.bucket_id("photos").await.unwrap(), Some("1".into()));
        assert_eq!(again.bucket_name(&"2".into()).await.unwrap().as_deref(), Some("music"));
        again.remove_bucket(&"2".into()).await.unwrap();
        assert_eq!(cache.bucket_names().await.unwrap().iter().count(), 1);
        cache.clear().await.unwrap();
        assert!(again.bucket_names().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_file_with_other_content_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.json");
        std::fs::write(&path, "[]").unwrap();
        let cache = FileCache::new(&path);
        assert!(cache.bucket_names().await.is_err());
        assert!(cache.save_bucket(&"1".into(), "photos").await.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[]");
    }
}
