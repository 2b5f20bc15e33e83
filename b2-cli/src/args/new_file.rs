//! Flags that describe a new file.

use b2_proto::model::{FileInfo, FileRetention, LegalHold, RetentionMode};
use b2_proto::time::Timestamp;
use clap::{Args, ValueEnum};

use crate::args::values;
use crate::error::CliError;

/// Flags for the file info: custom metadata, and the headers of later downloads.
#[derive(Args, Clone, Debug)]
pub(crate) struct InfoFlags {
    /// File info, KEY=VALUE; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::pair)]
    info: Vec<(String, String)>,
    /// Cache-Control of downloads
    #[arg(long, value_name = "VALUE")]
    cache_control: Option<String>,
    /// Content-Disposition of downloads
    #[arg(long, value_name = "VALUE")]
    content_disposition: Option<String>,
    /// Content-Encoding of downloads
    #[arg(long, value_name = "VALUE")]
    content_encoding: Option<String>,
    /// Content-Language of downloads
    #[arg(long, value_name = "VALUE")]
    content_language: Option<String>,
    /// Expires of downloads, a date such as 'Sun, 06 Nov 1994 08:49:37 GMT'
    #[arg(long, value_name = "DATE", value_parser = values::http_date)]
    expires: Option<Timestamp>,
}

impl InfoFlags {
    /// Returns the file info that the flags give.
    pub(crate) fn info(&self) -> FileInfo {
        let mut info: FileInfo = self.info.iter().map(|(key, value)| (key, value)).collect();
        let headers = [
            (FileInfo::CACHE_CONTROL, &self.cache_control),
            (FileInfo::CONTENT_DISPOSITION, &self.content_disposition),
            (FileInfo::CONTENT_ENCODING, &self.content_encoding),
            (FileInfo::CONTENT_LANGUAGE, &self.content_language),
        ];
        for (key, value) in headers {
            if let Some(value) = value {
                info = info.with(key, value);
            }
        }
        match self.expires {
            Some(expires) => info.with_expires(expires),
            None => info,
        }
    }
}

/// Flags for the file lock of a new file.
#[derive(Args, Clone, Debug)]
pub(crate) struct LockFlags {
    /// Set a legal hold, which prevents deletion until it is removed
    #[arg(long, value_name = "ON|OFF")]
    legal_hold: Option<Switch>,
    /// The retention mode until --retain-until: governance or compliance
    #[arg(long, value_name = "MODE", value_parser = values::retention_mode)]
    file_retention_mode: Option<RetentionMode>,
    /// The end of the retention, in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    retain_until: Option<Timestamp>,
}

/// On or off.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Switch {
    /// Set
    On,
    /// Not set
    Off,
}

impl From<Switch> for LegalHold {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::On => Self::On,
            Switch::Off => Self::Off,
        }
    }
}

impl LockFlags {
    /// Returns the retention that the flags give.
    pub(crate) fn retention(&self) -> Result<Option<FileRetention>, CliError> {
        match (self.file_retention_mode.clone(), self.retain_until) {
            (None, None) => Ok(None),
            (Some(mode), Some(until)) => Ok(Some(FileRetention::Until { mode, until })),
            _ => Err(CliError::usage(
                "--file-retention-mode and --retain-until go together; give both",
            )),
        }
    }

    /// Returns the legal hold that the flags give.
    pub(crate) fn legal_hold(&self) -> Option<LegalHold> {
        self.legal_hold.map(LegalHold::from)
    }
}
