//! What there is to do, and whether it was done.

use std::fs;
use std::path::Path;

use super::account::Account;
use super::data::Data;
use super::files::{sha1_of, sha1s_below};
use super::settings::Settings;
use super::sim::BUCKET;
use crate::Result;
use crate::options::shown;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// One large file.
    UploadLarge,
    /// A folder.
    UploadSmall,
    /// One large file of which the server knows no SHA-1.
    DownloadLarge,
    /// One large file with a SHA-1 to verify.
    DownloadHashed,
    /// A folder; every file has a SHA-1.
    DownloadSmall,
}

impl Job {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::UploadLarge,
        Self::UploadSmall,
        Self::DownloadLarge,
        Self::DownloadHashed,
        Self::DownloadSmall,
    ];

    /// For the table.
    pub(crate) fn name(self, settings: &Settings) -> String {
        let large = format!("one file of {}", shown(settings.size));
        let small = format!("{} files of {}", settings.files, shown(settings.file_size));
        match self {
            Self::UploadLarge => format!("upload {large}"),
            Self::UploadSmall => format!("upload {small}"),
            Self::DownloadLarge => format!("download {large}"),
            Self::DownloadHashed => format!("download {large} and verify its SHA-1"),
            Self::DownloadSmall => format!("download {small}"),
        }
    }

    /// Whether it is about many files.
    pub(crate) fn is_small(self) -> bool {
        matches!(self, Self::UploadSmall | Self::DownloadSmall)
    }

    /// Whether files go to the server.
    pub(crate) fn is_upload(self) -> bool {
        matches!(self, Self::UploadLarge | Self::UploadSmall)
    }

    /// How many bytes are moved.
    pub(crate) fn bytes(self, settings: &Settings) -> u64 {
        if self.is_small() { settings.files as u64 * settings.file_size } else { settings.size }
    }

    /// Whether the server has what was uploaded under a name, or the folder what was downloaded.
    pub(crate) fn check(
        self,
        data: &Data,
        account: &mut Account,
        local: &Path,
        remote: &str,
    ) -> Result<()> {
        let right = match self {
            // The server has compared each part with its SHA-1; it knows none of the whole.
            Self::UploadLarge => {
                let files = account.list(BUCKET, remote)?;
                matches!(files.as_slice(), [file] if file.len == fs::metadata(&data.large)?.len())
            }
            Self::UploadSmall => {
                let prefix = format!("{remote}/");
                let files = account.list(BUCKET, &prefix)?.into_iter();
                let sha1s = files.map(|file| (file.name[prefix.len()..].to_owned(), file.sha1));
                sha1s.collect::<Vec<_>>() == data.sha1s
            }
            Self::DownloadLarge | Self::DownloadHashed => sha1_of(local)? == data.large_sha1,
            Self::DownloadSmall => sha1s_below(local)? == data.sha1s,
        };
        if right { Ok(()) } else { Err("what arrived is not what was sent".into()) }
    }
}
