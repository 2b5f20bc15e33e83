//! The jobs of the benchmark and the verification of their results.

use std::fs;
use std::path::Path;

use super::account::Account;
use super::copy;
use super::data::{Data, grown};
use super::files::{sha1_of, sha1s_below};
use super::settings::Settings;
use super::sim::BUCKET;
use crate::Result;
use crate::options::format_size;

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Uploads one large file.
    UploadLarge,
    /// Uploads a folder of small files.
    UploadSmall,
    /// Downloads one large file without a stored SHA-1.
    DownloadLarge,
    /// Downloads one large file and verifies its SHA-1.
    DownloadHashed,
    /// Downloads a folder of small files, each with a SHA-1.
    DownloadSmall,
    /// Uploads what was appended to one large file.
    UploadGrown,
    /// Copies one file of 12 GB within B2.
    Copy,
    /// Synchronizes a folder of small files for the first time.
    SyncFirst,
    /// Synchronizes a tree that has not changed.
    SyncUnchanged,
    /// Synchronizes a tree of which one percent has changed.
    SyncChanged,
    /// Prints the version.
    Start,
    /// Lists a folder of small files.
    List,
    /// Downloads one small file.
    DownloadOne,
}

impl Job {
    /// All jobs.
    pub(crate) const ALL: [Self; 13] = [
        Self::UploadLarge,
        Self::UploadSmall,
        Self::DownloadLarge,
        Self::DownloadHashed,
        Self::DownloadSmall,
        Self::UploadGrown,
        Self::Copy,
        Self::SyncFirst,
        Self::SyncUnchanged,
        Self::SyncChanged,
        Self::Start,
        Self::List,
        Self::DownloadOne,
    ];

    /// Returns the name for the table.
    pub(crate) fn name(self, settings: &Settings) -> String {
        let large = format!("one file of {}", format_size(settings.size));
        let small = format!("{} files of {}", settings.files, format_size(settings.file_size));
        match self {
            Self::UploadLarge => format!("upload {large}"),
            Self::UploadSmall => format!("upload {small}"),
            Self::DownloadLarge => format!("download {large}"),
            Self::DownloadHashed => format!("download {large} and verify its SHA-1"),
            Self::DownloadSmall => format!("download {small}"),
            Self::UploadGrown => format!("upload {large} that grew by 1 %"),
            Self::Copy => format!("copy one file of {}", format_size(copy::SIZE)),
            Self::SyncFirst => {
                let size = format_size(settings.file_size);
                format!("sync {} files of {size} for the first time", settings.files)
            }
            Self::SyncUnchanged => format!("sync {} unchanged files", settings.sync_files),
            Self::SyncChanged => {
                format!("sync {} files of which 1 % changed", settings.sync_files)
            }
            Self::Start => "print the version".to_owned(),
            Self::List => "list a folder".to_owned(),
            Self::DownloadOne => {
                format!("download one file of {}", format_size(settings.file_size))
            }
        }
    }

    /// Returns whether the job is about small files.
    pub(crate) fn is_small(self) -> bool {
        matches!(self, Self::UploadSmall | Self::DownloadSmall | Self::SyncFirst)
    }

    /// Returns whether the job is a download.
    pub(crate) fn is_download(self) -> bool {
        matches!(
            self,
            Self::DownloadLarge | Self::DownloadHashed | Self::DownloadSmall | Self::DownloadOne
        )
    }

    /// Returns whether the job takes less than the rest of the command.
    pub(crate) fn is_short(self) -> bool {
        matches!(self, Self::Start | Self::List | Self::DownloadOne)
    }

    /// Returns whether the server has to store the files, since they differ in content.
    pub(crate) fn is_stored(self) -> bool {
        matches!(self, Self::DownloadSmall | Self::DownloadOne)
    }

    /// Returns the number of bytes of the job's files.
    pub(crate) fn bytes(self, settings: &Settings) -> u64 {
        match self {
            Self::Copy => copy::SIZE,
            Self::UploadSmall | Self::DownloadSmall | Self::SyncFirst => {
                settings.files as u64 * settings.file_size
            }
            Self::SyncUnchanged | Self::SyncChanged | Self::Start | Self::List => 0,
            Self::DownloadOne => settings.file_size,
            Self::UploadLarge | Self::DownloadLarge | Self::DownloadHashed => settings.size,
            Self::UploadGrown => grown(settings.size),
        }
    }

    /// Checks the files at the server after an upload, or the local files after a download.
    pub(crate) fn check(
        self,
        data: &Data,
        account: &mut Account,
        local: &Path,
        remote: &str,
    ) -> Result<()> {
        let is_correct = match self {
            // The server has verified each part; it has no SHA-1 of the whole file.
            Self::UploadLarge => {
                let files = account.list(BUCKET, remote)?;
                matches!(files.as_slice(), [file] if file.len == fs::metadata(&data.large)?.len())
            }
            Self::UploadGrown => {
                let files = account.list(BUCKET, remote)?;
                matches!(files.as_slice(), [file] if file.len == fs::metadata(&data.grown)?.len())
            }
            Self::Copy => {
                let files = account.list(BUCKET, remote)?;
                matches!(files.as_slice(), [file] if file.len == copy::SIZE)
            }
            Self::UploadSmall | Self::SyncFirst => remote_sha1s(account, remote)? == data.sha1s,
            Self::SyncUnchanged | Self::SyncChanged => {
                remote_sha1s(account, remote)? == data.tree()?.sha1s()?
            }
            Self::DownloadLarge | Self::DownloadHashed => sha1_of(local)? == data.large_sha1,
            Self::DownloadSmall => sha1s_below(local)? == data.sha1s,
            Self::DownloadOne => data
                .sha1s
                .first()
                .is_some_and(|(_, sha1)| sha1_of(local).is_ok_and(|arrived| arrived == *sha1)),
            Self::Start | Self::List => true,
        };
        if is_correct {
            Ok(())
        } else {
            Err("the transferred files differ from the originals".into())
        }
    }
}

/// Returns the names below a folder of the bucket, sorted, with the SHA-1 of each file.
fn remote_sha1s(account: &mut Account, remote: &str) -> Result<Vec<(String, String)>> {
    let prefix = format!("{remote}/");
    let files = account.list(BUCKET, &prefix)?.into_iter();
    Ok(files.map(|file| (file.name[prefix.len()..].to_owned(), file.sha1)).collect())
}
