//! Flags that describe a new file.

use b2_proto::model::{FileInfo, FileRetention, LegalHold, RetentionMode};
use b2_proto::time::Timestamp;
use clap::{Args, ValueEnum};

use crate::args::values;
use crate::context::Context;
use crate::error::CliError;

/// Flags for the file info: custom metadata, and the headers of later downloads.
#[derive(Args, Clone, Debug)]
pub(crate) struct InfoFlags {
    /// File info, KEY=VALUE; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    info: Vec<String>,
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
    expires: Option<String>,
}

impl InfoFlags {
    /// Returns the file info that the flags give, and warns of items that a flag of their own replaces.
    ///
    /// # Errors
    ///
    /// A message if an item is not `KEY=VALUE`.
    pub(crate) fn info(&self, context: &Context) -> Result<FileInfo, CliError> {
        let mut items = Vec::new();
        for item in &self.info {
            match item.split_once('=') {
                Some((key, value)) if !key.is_empty() => items.push((key, value)),
                _ => {
                    return Err(CliError::message(format!(
                        "Bad file info: {item}\nGive KEY=VALUE."
                    )));
                }
            }
        }
        let headers = [
            (FileInfo::CACHE_CONTROL, &self.cache_control),
            (FileInfo::CONTENT_DISPOSITION, &self.content_disposition),
            (FileInfo::CONTENT_ENCODING, &self.content_encoding),
            (FileInfo::CONTENT_LANGUAGE, &self.content_language),
            (FileInfo::EXPIRES, &self.expires),
        ];
        let mut replaced = String::new();
        for (key, value) in headers {
            let Some(value) = value else { continue };
            if items.iter().any(|(given, old)| *given == key && old != value) {
                replaced += &format!("\n    {key} = {value}");
            }
            items.retain(|(given, _)| *given != key);
            items.push((key, value));
        }
        if !replaced.is_empty() {
            context.warn(format!(
                "The following file info items will be overwritten by explicit arguments:{replaced}"
            ));
        }
        Ok(items.into_iter().collect())
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
