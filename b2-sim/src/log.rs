//! What happened, for tests to assert.

use std::collections::VecDeque;
use std::fmt;

use b2_proto::time::Timestamp;

/// One request and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEntry {
    /// When it was answered.
    pub at: Timestamp,
    /// B2's name of the call, such as `b2_upload_part`; `b2_download_file_by_name` for a download.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The bucket, by id, where the request names one.
    pub bucket_id: Option<String>,
    /// The file's name, where the request gives it.
    pub file_name: Option<String>,
    /// The file's id, where the request gives it.
    pub file_id: Option<String>,
    /// The part's number, of an upload or copy of a part.
    pub part_number: Option<u16>,
    /// Which upload URL was used: the number in the order they were handed out, from 1.
    pub upload_url: Option<u64>,
    /// The HTTP status of the answer; 0 if the connection ended before one.
    pub status: u16,
    /// B2's code, of an error.
    pub code: Option<String>,
}

/// One line, for people: `POST b2_upload_file 200 photos/cat.jpg`. It holds no token.
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
        Ok(())
    }
}

/// Something a correct client never does, although B2 answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// An upload URL was used while another upload to it was under way.
    UploadUrlShared {
        /// The number of the URL, in the order they were handed out.
        upload_url: u64,
    },
    /// An upload URL was used again after an upload to it had failed.
    UploadUrlReused {
        /// The number of the URL, in the order they were handed out.
        upload_url: u64,
    },
    /// An upload named a token that does not belong to its URL.
    UploadTokenMisplaced,
    /// An upload had no `Content-Length`, or was sent in chunks.
    UploadWithoutLength,
    /// An upload carried a header that B2 forbids there.
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

    /// Bounded like the log itself: a server that runs for weeks must not grow.
    pub(crate) fn violation(&mut self, violation: Violation) {
        if self.violations.len() < self.limit {
            self.violations.push(violation);
        }
    }
}
