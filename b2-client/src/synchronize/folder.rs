//! The folders of a synchronization.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use b2_proto::sync::Side;

use crate::bucket::Bucket;
use crate::host::Host;
use crate::local_folder::LocalFolder;
use crate::maybe_send::MaybeSend;

/// A folder to synchronize: in a bucket, or local.
pub struct Folder<H: Host>(Place<H>);

enum Place<H: Host> {
    Bucket { bucket: Bucket<H>, prefix: String },
    Local(Arc<dyn LocalFolder<H>>),
}

/// A host with local folders that are known by a path.
pub trait FolderHost: Host {
    /// The path of a folder.
    type FolderPath: MaybeSend + 'static;
    /// A local folder.
    type LocalFolder: LocalFolder<Self>;

    /// Returns the folder at this path. Nothing is read before it is used.
    fn local_folder(path: Self::FolderPath) -> Self::LocalFolder;
}

impl<H: Host> Folder<H> {
    /// Returns a folder of a bucket. `prefix` is its path, with or without a slash at its end; empty for the whole bucket.
    #[must_use]
    pub fn bucket(bucket: &Bucket<H>, prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Self(Place::Bucket { bucket: bucket.clone(), prefix })
    }

    /// Returns a local folder, which may be one of your own.
    #[must_use]
    pub fn local(folder: impl LocalFolder<H>) -> Self {
        Self(Place::Local(Arc::new(folder)))
    }

    pub(super) fn side(&self) -> Side {
        match &self.0 {
            Place::Bucket { bucket, prefix } => {
                Side::Bucket { bucket_id: bucket.id().clone(), prefix: prefix.clone() }
            }
            Place::Local(_) => Side::Local,
        }
    }

    pub(super) fn in_bucket(&self) -> Option<&Bucket<H>> {
        match &self.0 {
            Place::Bucket { bucket, .. } => Some(bucket),
            Place::Local(_) => None,
        }
    }

    pub(super) fn bucket_and_prefix(&self) -> Option<(&Bucket<H>, &str)> {
        match &self.0 {
            Place::Bucket { bucket, prefix } => Some((bucket, prefix)),
            Place::Local(_) => None,
        }
    }

    pub(super) fn local_folder(&self) -> Option<Arc<dyn LocalFolder<H>>> {
        match &self.0 {
            Place::Bucket { .. } => None,
            Place::Local(folder) => Some(folder.clone()),
        }
    }
}

impl<H: FolderHost> Folder<H> {
    /// Returns the local folder at a path.
    #[must_use]
    pub fn path(path: impl Into<H::FolderPath>) -> Self {
        Self::local(H::local_folder(path.into()))
    }
}

/// The whole bucket.
impl<H: Host> From<&Bucket<H>> for Folder<H> {
    fn from(bucket: &Bucket<H>) -> Self {
        Self::bucket(bucket, "")
    }
}

/// The local folder at this path.
impl<H: FolderHost<FolderPath: for<'a> From<&'a str>>> From<&str> for Folder<H> {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

/// The local folder at this path.
impl<H: FolderHost<FolderPath: From<String>>> From<String> for Folder<H> {
    fn from(path: String) -> Self {
        Self::path(path)
    }
}

/// The local folder at this path.
#[cfg(not(target_family = "wasm"))]
impl<H: FolderHost<FolderPath = std::path::PathBuf>> From<&std::path::Path> for Folder<H> {
    fn from(path: &std::path::Path) -> Self {
        Self::path(path)
    }
}

/// The local folder at this path.
#[cfg(not(target_family = "wasm"))]
impl<H: FolderHost<FolderPath = std::path::PathBuf>> From<std::path::PathBuf> for Folder<H> {
    fn from(path: std::path::PathBuf) -> Self {
        Self::path(path)
    }
}

impl<H: Host> Bucket<H> {
    /// Returns a folder of this bucket, to synchronize. `path` may be empty, for the whole bucket.
    #[must_use]
    pub fn folder(&self, path: impl Into<String>) -> Folder<H> {
        Folder::bucket(self, path)
    }
}

impl<H: Host> Clone for Folder<H> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Place::Bucket { bucket, prefix } => {
                Place::Bucket { bucket: bucket.clone(), prefix: prefix.clone() }
            }
            Place::Local(folder) => Place::Local(folder.clone()),
        })
    }
}

impl<H: Host> fmt::Debug for Folder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Bucket { bucket, prefix } => {
                f.debug_struct("Folder").field("bucket", bucket).field("prefix", prefix).finish()
            }
            Place::Local(folder) => folder.fmt(f),
        }
    }
}
