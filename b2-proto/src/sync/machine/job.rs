//! The description of a synchronization.

use alloc::string::String;
use alloc::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::machine::Symlinks;
use crate::model::BucketId;
use crate::sync::encryption::{BucketEncryption, SyncEncryption};
use crate::sync::options::{Direction, SyncOptions};
use crate::sync::policies::ScanPolicies;
use crate::sync::properties::UploadProperties;
use crate::time::Timestamp;

/// One side of a synchronization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// The local folder.
    Local,
    /// A folder of a bucket.
    Bucket {
        /// The bucket.
        bucket_id: BucketId,
        /// The prefix of all names: empty, or a folder with a slash at its end.
        prefix: String,
    },
}

/// The description of a synchronization.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewSync {
    /// The side that is read.
    pub source: Side,
    /// The side that is changed.
    pub destination: Side,
    /// The name of the bucket of the source. Needed only for accounts that may share files and not read them, which
    /// download by name.
    pub source_bucket: Option<String>,
    /// The options.
    pub options: SyncOptions,
    /// Which files are looked at.
    pub policies: Arc<ScanPolicies>,
    /// What uploaded files get besides their content. Only from a local folder to a bucket.
    pub properties: UploadProperties,
    /// How files are encrypted. Default: as the buckets say.
    pub encryption: Arc<dyn SyncEncryption>,
    /// How symbolic links of the local folder are treated. Default: they are left out and reported.
    pub symlinks: Symlinks,
    /// Only these names, in ascending order. Each that is not the name of a file of the source fails alone. Default: all of
    /// the source.
    pub names: Option<Arc<[String]>>,
    /// The wall-clock time at the start, which decides which versions are old.
    pub now: Timestamp,
}

impl NewSync {
    /// Creates the description of a synchronization with the default options.
    #[must_use]
    pub fn new(source: Side, destination: Side, now: Timestamp) -> Self {
        Self {
            source,
            destination,
            source_bucket: None,
            options: SyncOptions::default(),
            policies: Arc::default(),
            properties: UploadProperties::default(),
            encryption: Arc::new(BucketEncryption::new()),
            symlinks: Symlinks::default(),
            names: None,
            now,
        }
    }

    /// Returns which side is local.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if both are.
    pub fn direction(&self) -> Result<Direction, Error> {
        match (&self.source, &self.destination) {
            (Side::Local, Side::Bucket { .. }) => Ok(Direction::Up),
            (Side::Bucket { .. }, Side::Local) => Ok(Direction::Down),
            (Side::Bucket { .. }, Side::Bucket { .. }) => Ok(Direction::Copy),
            (Side::Local, Side::Local) => {
                let message = "one of the two folders must be in a bucket";
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    /// Checks that the options fit together and apply to the direction, and that neither side contains the other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], which names the option.
    pub fn check(&self) -> Result<(), Error> {
        let direction = self.direction()?;
        self.options.check(direction)?;
        self.policies.check()?;
        self.properties.check(&self.options, direction)?;
        let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidInput, message));
        if let (
            Side::Bucket { bucket_id: from, prefix: source },
            Side::Bucket { bucket_id: to, prefix: destination },
        ) = (&self.source, &self.destination)
            && from == to
            && (source.starts_with(&**destination) || destination.starts_with(&**source))
        {
            return invalid(
                "the source and the destination are the same folder, or one is inside the other",
            );
        }
        if self.names.is_some() && !self.options.removals.is_none() {
            return invalid("with a list of names nothing can be removed");
        }
        Ok(())
    }
}
