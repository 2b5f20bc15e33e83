//! The log of requests, for tests.

use std::collections::VecDeque;
use std::fmt;

use b2_proto::time::Timestamp;
use serde::Serialize;

/// A request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogEntry {
    /// The time of the response.
    pub at: Timestamp,
    /// B2's name of the call, such as `b2_upload_part`; `b2_download_file_by_name` for a download.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The id of the bucket, if the request names one.
    pub bucket_id: Option<String>,
    /// The file name, if the request has it.
    pub file_name: Option<String>,
    /// The file id, if the request has it.
    pub file_id: Option<String>,
    /// The part number, for uploads and copies of parts.
    pub part_number: Option<u16>,
    /// The number of the upload URL in the order of issue, from 1.
    pub upload_url: Option<u64>,
    /// The length of the body that the request announces, in bytes.
    pub body_len: Option<u64>,
    /// The HTTP status code; 0 if the connection broke before a response.
    pub status: u16,
    /// B2's error code.
    pub code: Option<String>,
}

/// Prints one line without tokens: `POST b2_upload_file 200 photos/cat.jpg 5000 bytes`.
impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.operation, self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(subject) = self.file_name.as_ref().or(self.file_id.as_ref()) {
            write!(f, " {}", subject.escape_debug())?;
        }
        if let Some(number) = self.part_number {
            write!(f, " part {number}")?;
        }
        if let Some(len) = self.body_len.filter(|_| self.upload_url.is_some()) {
            write!(f, " {len} bytes")?;
        }
        Ok(())
    }
}

/// A violation of a rule for clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Violation {
    /// An upload URL was used while another upload to it was under way.
    UploadUrlShared {
        /// The number of the URL, in the order of issue.
        upload_url: u64,
    },
    /// An upload URL was used again after an upload to it had failed.
    UploadUrlReused {
        /// The number of the URL, in the order of issue.
        upload_url: u64,
    },
    /// An upload had a token of another URL.
    UploadTokenMisplaced,
    /// An upload had no `Content-Length`, or a transfer encoding.
    UploadWithoutLength,
    /// An upload had a forbidden header.
    ForbiddenUploadHeader {
        /// The header.
        name: String,
    },
    /// A request to a path or call that B2 does not have.
    UnknownCall {
        /// The path.
        path: String,
    },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) limit: usize,
    pub(crate) entries: VecDeque<LogEntry>,
    pub(crate) violations: Vec<Violation>,
}

impl Log {
    pub(crate) fn push(&mut self, entry: LogEntry) {
        self.entries.push_back(entry);
        while self.entries.len() > self.limit {
            self.entries.pop_front();
        }
    }

    /// Limits the violations like the log, so that memory does not grow.
    pub(crate) fn violation(&mut self, violation: Violation) {
        if self.violations.len() < self.limit {
            self.violations.push(violation);
        }
    }
}
