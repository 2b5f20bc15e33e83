//! `b2_upload_file` and `b2_upload_part`: bytes, with everything else in headers.

use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::new_file::push_sse_c;
use super::{
    JSON, MAX_PARTS, NewFile, invalid, push_token, put, read_json, same, same_bucket, same_new_name,
};
use crate::error::{Error, ErrorKind, Retry, Target};
use crate::hash::Sha1Digest;
use crate::http::names::{ACCEPT, CONTENT_SHA1};
use crate::http::{Headers, Method, RequestHead, Url};
use crate::machine::{Body, Reply, ReplyPlan, Request, Span, UploadUrl};
use crate::model::{BucketId, ContentSha1, EncryptionSetting, FileId, FileVersion, Part};

/// The size of the largest body of one upload, in bytes, without the digest at its end.
pub const MAX_UPLOAD: u64 = 5_000_000_000;

const FILE: &str = "b2_upload_file";
const PART: &str = "b2_upload_part";
const IDLE_TIMEOUT: Duration = Duration::from_secs(128);
const MAX_ANSWER: u64 = 1 << 20;

/// How B2 gets the SHA-1 of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadSha1 {
    /// In a header.
    Header(Sha1Digest),
    /// As forty hex digits after the content (`hex_digits_at_end`).
    AtEnd,
    /// Not at all (`do_not_verify`): B2 does not verify the content.
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

    /// Compares the SHA-1 of what B2 stored with that of what was sent.
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

/// `b2_upload_file`: uploads a file in one request.
///
/// ```
/// use b2_proto::api::{NewFile, UploadFile, UploadSha1};
/// use b2_proto::hash::Sha1Digest;
///
/// let mut file = NewFile::new("hello.txt");
/// file.content_type = "text/plain".to_owned();
/// let sha1 = UploadSha1::Header(Sha1Digest::of(b"hello world"));
/// let upload = UploadFile::new(file, sha1);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UploadFile {
    /// The bucket of the upload URL. It is not sent; a response that names another bucket is refused.
    pub bucket_id: Option<BucketId>,
    /// The file to create.
    pub file: NewFile,
    /// How B2 gets the SHA-1 of the content.
    pub sha1: UploadSha1,
}

impl UploadFile {
    /// Creates the upload of a file, or of a name with defaults for everything else.
    #[must_use]
    pub fn new(file: impl Into<NewFile>, sha1: UploadSha1) -> Self {
        Self { bucket_id: None, file: file.into(), sha1 }
    }

    /// Builds the request that uploads `spans`, one after the other.
    ///
    /// # Errors
    ///
    /// What [`NewFile::check`] returns, [`ErrorKind::InvalidInput`] for more than [`MAX_UPLOAD`] bytes, and
    /// [`ErrorKind::InvalidResponse`] if the upload URL is not a URL.
    pub fn request(&self, url: &UploadUrl, spans: Vec<Span>) -> Result<Request, Error> {
        self.file
            .check()
            .and_then(|()| self.file.headers())
            .and_then(|headers| request(url, headers, self.sha1, spans))
            .map_err(|error| error.with_operation(FILE).with_subject(&self.file.file_name))
    }

    /// Reads the response, and compares the SHA-1 that B2 computed with the one that was sent.
    ///
    /// # Errors
    ///
    /// The error that B2 returned, [`ErrorKind::WrongFile`] if the response is about another name or bucket, and
    /// [`ErrorKind::ChecksumMismatch`] if other bytes arrived.
    pub fn response(&self, reply: &Reply) -> Result<FileVersion, Error> {
        read_json::<FileVersion>(Target::Upload, reply)
            .and_then(|file| same_new_name(&self.file.file_name, &file.file_name).map(|()| file))
            .and_then(|file| {
                let bucket_id = self.bucket_id.as_ref().unwrap_or(&file.bucket_id);
                same_bucket(bucket_id, &file.bucket_id).map(|()| file)
            })
            .and_then(|file| self.sha1.check(reply.sent, &file.content_sha1).map(|()| file))
            .map_err(|error| error.with_operation(FILE).with_subject(&self.file.file_name))
    }
}

/// `b2_upload_part`: one part of a large file.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadPart {
    /// The large file, for errors. The upload URL identifies it for B2.
    pub file_id: FileId,
    /// From 1 to 10,000. A second upload of the same number replaces the first.
    pub part_number: u32,
    /// How B2 gets the SHA-1 of the part.
    pub sha1: UploadSha1,
    /// The encryption of the large file. Only an SSE-C key is sent.
    pub server_side_encryption: Option<EncryptionSetting>,
}

impl UploadPart {
    /// Builds the request that uploads `spans`, one after the other.
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

    /// Reads the response, and compares the SHA-1 that B2 computed with the one that was sent.
    ///
    /// # Errors
    ///
    /// The error that B2 returned, and [`ErrorKind::ChecksumMismatch`] if other bytes arrived.
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

/// Checks a part number.
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
