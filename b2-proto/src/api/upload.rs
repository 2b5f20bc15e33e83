//! `b2_upload_file` and `b2_upload_part`: bytes, with everything else in headers.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::new_file::{push_content_type, push_sse_c};
use super::{
    AUTO_CONTENT_TYPE, JSON, MAX_PARTS, NewFile, invalid, push_token, put, read_json, same,
    same_bucket, same_new_name,
};
use crate::encoding::{HeaderLimit, encode};
use crate::error::{Error, ErrorKind, Retry, Target};
use crate::hash::Sha1Digest;
use crate::http::names::{
    ACCEPT, CONTENT_SHA1, CUSTOM_UPLOAD_TIMESTAMP, FILE_NAME, INFO_PREFIX, LEGAL_HOLD,
    RETAIN_UNTIL, RETENTION_MODE, SSE,
};
use crate::http::{Headers, Method, RequestHead, Url};
use crate::machine::{Body, Reply, ReplyPlan, Request, Span, UploadUrl};
use crate::model::{
    ALGORITHM, BucketId, Capability, ContentSha1, EncryptionSetting, FileId, FileInfo,
    FileRetention, FileVersion, LegalHold, Part,
};
use crate::time::Timestamp;

/// The largest body of one upload, in bytes, without the digest at its end.
pub const MAX_UPLOAD: u64 = 5_000_000_000;

const FILE: &str = "b2_upload_file";
const PART: &str = "b2_upload_part";
const IDLE_TIMEOUT: Duration = Duration::from_secs(128);
const MAX_ANSWER: u64 = 1 << 20;

/// How B2 learns the SHA-1 of what is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadSha1 {
    /// A header says it before the bytes.
    Header(Sha1Digest),
    /// Forty hex digits follow the bytes (`hex_digits_at_end`).
    AtEnd,
    /// It does not (`do_not_verify`): B2 stores whatever arrives.
    DoNotVerify,
}

impl UploadSha1 {
    fn header(self) -> Cow<'static, str> {
        match self {
            Self::Header(digest) => digest.to_hex().into(),
            Self::AtEnd => "hex_digits_at_end".into(),
            Self::DoNotVerify => "do_not_verify".into(),
        }
    }

    /// Compares what B2 stored with what was sent.
    fn check(self, sent: Option<Sha1Digest>, stored: &ContentSha1) -> Result<(), Error> {
        let sent = match self {
            Self::Header(digest) => Some(digest),
            Self::AtEnd => sent,
            Self::DoNotVerify => None,
        };
        match (sent, stored.digest()) {
            (Some(sent), Some(stored)) if sent != stored => Err(Error::new(
                ErrorKind::ChecksumMismatch,
                format!(
                    "B2 stored other bytes than were sent: their SHA-1 is {stored}, not {sent}"
                ),
            )
            .with_retry(Retry::NewUploadUrl)),
            _ => Ok(()),
        }
    }
}

/// `b2_upload_file`: a whole file in one request.
///
/// ```
/// use b2_proto::api::{UploadFile, UploadSha1};
/// use b2_proto::hash::Sha1Digest;
///
/// let sha1 = UploadSha1::Header(Sha1Digest::of(b"hello world"));
/// let mut upload = UploadFile::new("hello.txt", sha1);
/// upload.content_type = "text/plain".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UploadFile {
    /// The bucket of the upload URL. It is not sent; a response that names another bucket is refused.
    pub bucket_id: Option<BucketId>,
    /// Its name.
    pub file_name: String,
    /// How B2 learns its SHA-1.
    pub sha1: UploadSha1,
    /// Its media type; `b2/x-auto` lets B2 choose by the name.
    pub content_type: String,
    /// What it carries besides its bytes. The id of an SSE-C key is added.
    pub file_info: FileInfo,
    /// How it is encrypted; `None` means as the bucket says.
    pub server_side_encryption: Option<EncryptionSetting>,
    /// Until when it cannot be deleted; `None` means as the bucket says.
    pub file_retention: Option<FileRetention>,
    /// Whether a legal hold forbids to delete it.
    pub legal_hold: Option<LegalHold>,
    /// The upload time to show instead of the true one. Not every account may set it.
    pub custom_upload_timestamp: Option<Timestamp>,
}

impl UploadFile {
    /// A file of this name, with everything else as the bucket says.
    #[must_use]
    pub fn new(file_name: impl Into<String>, sha1: UploadSha1) -> Self {
        Self {
            bucket_id: None,
            file_name: file_name.into(),
            sha1,
            content_type: AUTO_CONTENT_TYPE.to_owned(),
            file_info: FileInfo::new(),
            server_side_encryption: None,
            file_retention: None,
            legal_hold: None,
            custom_upload_timestamp: None,
        }
    }

    fn new_file(&self) -> NewFile<'_> {
        NewFile {
            name: &self.file_name,
            info: &self.file_info,
            encryption: self.server_side_encryption.as_ref(),
            retention: self.file_retention.as_ref(),
            legal_hold: self.legal_hold,
        }
    }

    /// The capabilities that its settings need besides [`Capability::WRITE_FILES`]. The upload URL does not
    /// say whether the key has them.
    #[must_use]
    pub fn also_needs(&self) -> Vec<Capability> {
        self.new_file().also_needs()
    }

    /// Checks the name, the file info and the settings, before anything is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFileName`], [`ErrorKind::InvalidFileInfo`] or [`ErrorKind::InvalidInput`].
    pub fn validate(&self) -> Result<(), Error> {
        self.new_file().check(HeaderLimit::Ordinary)
    }

    /// The request that uploads `spans`, one after the other.
    ///
    /// # Errors
    ///
    /// What [`validate`](Self::validate) says, [`ErrorKind::InvalidInput`] if the bytes are more than
    /// [`MAX_UPLOAD`], and [`ErrorKind::InvalidResponse`] if the upload URL is none.
    pub fn request(&self, url: &UploadUrl, spans: Vec<Span>) -> Result<Request, Error> {
        self.headers()
            .and_then(|headers| request(url, headers, self.sha1, spans))
            .map_err(|error| error.with_operation(FILE).with_subject(&self.file_name))
    }

    fn headers(&self) -> Result<Headers, Error> {
        self.validate()?;
        let mut headers = Headers::new();
        put(&mut headers, FILE_NAME, &encode(&self.file_name))?;
        push_content_type(&mut headers, &self.content_type)?;
        for (name, value) in self.new_file().info_to_send()?.iter() {
            put(&mut headers, &format!("{INFO_PREFIX}{name}"), &encode(value))?;
        }
        match &self.server_side_encryption {
            // B2 has no header for "not encrypted", and refuses `NONE`.
            None | Some(EncryptionSetting::None) => {}
            Some(EncryptionSetting::SseB2) => put(&mut headers, SSE, ALGORITHM)?,
            Some(other) => push_sse_c(&mut headers, other)?,
        }
        if let Some(hold) = self.legal_hold {
            put(&mut headers, LEGAL_HOLD, hold.to_request()?)?;
        }
        if let Some(FileRetention::Until { mode, until }) = &self.file_retention {
            put(&mut headers, RETENTION_MODE, &mode.to_string())?;
            put(&mut headers, RETAIN_UNTIL, &until.as_millis().to_string())?;
        }
        if let Some(timestamp) = self.custom_upload_timestamp {
            put(&mut headers, CUSTOM_UPLOAD_TIMESTAMP, &timestamp.as_millis().to_string())?;
        }
        Ok(headers)
    }

    /// Reads the answer, and compares the SHA-1 that B2 computed with the one that was sent.
    ///
    /// # Errors
    ///
    /// What B2 answers, [`ErrorKind::WrongFile`] if the response is about another name or bucket, and
    /// [`ErrorKind::ChecksumMismatch`] if other bytes arrived.
    pub fn response(&self, reply: &Reply) -> Result<FileVersion, Error> {
        read_json::<FileVersion>(Target::Upload, reply)
            .and_then(|file| same_new_name(&self.file_name, &file.file_name).map(|()| file))
            .and_then(|file| {
                let bucket_id = self.bucket_id.as_ref().unwrap_or(&file.bucket_id);
                same_bucket(bucket_id, &file.bucket_id).map(|()| file)
            })
            .and_then(|file| self.sha1.check(reply.sent, &file.content_sha1).map(|()| file))
            .map_err(|error| error.with_operation(FILE).with_subject(&self.file_name))
    }
}

/// `b2_upload_part`: one part of a large file.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadPart {
    /// The large file, for messages: the upload URL says it to B2.
    pub file_id: FileId,
    /// From 1 to 10,000. A second upload of the same number replaces the first.
    pub part_number: u32,
    /// How B2 learns the SHA-1 of the part.
    pub sha1: UploadSha1,
    /// How the large file was started, which matters for SSE-C only: every part carries the key.
    pub server_side_encryption: Option<EncryptionSetting>,
}

impl UploadPart {
    /// The request that uploads `spans`, one after the other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a part number or a size that B2 does not allow or an unknown SSE-C
    /// key, and [`ErrorKind::InvalidResponse`] if the upload URL is none.
    pub fn request(&self, url: &UploadUrl, spans: Vec<Span>) -> Result<Request, Error> {
        self.headers()
            .and_then(|headers| request(url, headers, self.sha1, spans))
            .map_err(|error| error.with_operation(PART).with_subject(self.file_id.as_str()))
    }

    fn headers(&self) -> Result<Headers, Error> {
        check_part_number(self.part_number)?;
        let mut headers = Headers::new();
        put(&mut headers, "x-bz-part-number", &self.part_number.to_string())?;
        if let Some(encryption @ EncryptionSetting::SseC(_)) = &self.server_side_encryption {
            push_sse_c(&mut headers, encryption)?;
        }
        Ok(headers)
    }

    /// Reads the answer, and compares the SHA-1 that B2 computed with the one that was sent.
    ///
    /// # Errors
    ///
    /// What B2 answers, and [`ErrorKind::ChecksumMismatch`] if other bytes arrived.
    pub fn response(&self, reply: &Reply) -> Result<Part, Error> {
        read_json::<Part>(Target::Upload, reply)
            .and_then(|part| {
                let (asked, answered) = (self.part_number, part.part_number);
                same("part", &asked.to_string(), &answered.to_string()).map(|()| part)
            })
            .and_then(|part| self.sha1.check(reply.sent, &part.content_sha1).map(|()| part))
            .map_err(|error| error.with_operation(PART).with_subject(self.file_id.as_str()))
    }
}

/// Checks the number of a part.
pub(super) fn check_part_number(number: u32) -> Result<(), Error> {
    if (1..=MAX_PARTS).contains(&number) {
        return Ok(());
    }
    Err(invalid(format!("a part number is 1 to {MAX_PARTS}, not {number}")))
}

fn request(
    url: &UploadUrl,
    mut headers: Headers,
    sha1: UploadSha1,
    spans: Vec<Span>,
) -> Result<Request, Error> {
    let len = spans.iter().map(Span::len).fold(0, u64::saturating_add);
    if len > MAX_UPLOAD {
        return Err(invalid(format!(
            "one upload holds at most {MAX_UPLOAD} bytes, not {len}; use a large file"
        )));
    }
    push_token(&mut headers, &url.token)?;
    put(&mut headers, ACCEPT, JSON)?;
    put(&mut headers, CONTENT_SHA1, &sha1.header())?;
    if Url::parse_web(&url.url).is_none() {
        return Err(Error::invalid_response(Target::Upload, "the upload URL is no URL"));
    }
    Ok(Request {
        head: RequestHead { headers, ..RequestHead::new(Method::Post, &url.url) },
        body: Body::Spans { spans, digest_at_end: sha1 == UploadSha1::AtEnd },
        reply: ReplyPlan::Collect { limit: MAX_ANSWER },
        idle_timeout: IDLE_TIMEOUT,
    })
}

#[cfg(test)]
mod tests;
