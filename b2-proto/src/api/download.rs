//! Downloads and lookups, by id and by name.

use alloc::string::{String, ToString};
use core::ops::Range;
use core::time::Duration;

use super::download_check::{ExpectedFile, check_origin};
use super::download_headers::read_headers;
use super::new_file::{blame_sse_c, push_sse_c};
use super::{
    API_PATH, Idempotency, Operation, Overrides, check_url, invalid, missing_authorization,
    push_token, put,
};
use crate::account::Authorization;
use crate::encoding::{check_url_name, decode, encode, fits_url, shown};
use crate::error::{Error, ErrorKind, Retry, Target, TransportError};
use crate::http::names::ACCEPT_ENCODING;
use crate::http::{Method, RequestHead, Response};
use crate::machine::{Body, Reply, ReplyPlan, Request};
use crate::model::{Capability, DownloadVersion, EncryptionSetting, FileId};
use crate::secret::Secret;

const IDLE_TIMEOUT: Duration = Duration::from_secs(128);
const MAX_ERROR: u64 = 1 << 20;

/// The file to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadTarget {
    /// A file version.
    ById(FileId),
    /// The current version of a name.
    ByName {
        /// The bucket.
        bucket: String,
        /// The name, not encoded.
        name: String,
    },
}

/// `b2_download_file_by_id` and `b2_download_file_by_name`, as `GET` or `HEAD`.
///
/// ```
/// use b2_proto::api::Download;
///
/// let mut download = Download::by_name("photos", "2024/ship.jpg");
/// download.range = Some(0..1_000);
/// assert_eq!(
///     download.url("https://f001.backblazeb2.com"),
///     "https://f001.backblazeb2.com/file/photos/2024/ship.jpg"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Download {
    /// The file.
    pub target: DownloadTarget,
    /// The bytes to download. `None` downloads all.
    pub range: Option<Range<u64>>,
    /// The encryption of the file. Only an SSE-C key is sent.
    pub encryption: Option<EncryptionSetting>,
    /// Headers of the response to replace.
    pub overrides: Overrides,
    /// Requests the headers only (`HEAD`).
    pub head: bool,
    /// Known properties of the file. A response that contradicts them is an error.
    pub expected: ExpectedFile,
    /// Whether headers of responses may be missing, because a browser shows a page only those that the bucket's CORS
    /// rules expose, or because a CDN removes them. Otherwise a response without the headers that B2 always sends is
    /// refused as not B2's. Default: no.
    pub headers_may_be_hidden: bool,
}

impl Download {
    /// Creates the download of a file version.
    #[must_use]
    pub fn by_id(file_id: FileId) -> Self {
        Self::new(DownloadTarget::ById(file_id))
    }

    /// Creates the download of the current version of a name.
    #[must_use]
    pub fn by_name(bucket: impl Into<String>, name: impl Into<String>) -> Self {
        Self::new(DownloadTarget::ByName { bucket: bucket.into(), name: name.into() })
    }

    /// Creates the download of the file that [`url`](Self::url) leads to, where `download_url` is that of the account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is not such a URL: it is below another download URL, or has other parameters.
    pub fn from_url(download_url: &str, url: &str) -> Result<Self, Error> {
        Self::parse(download_url, url).ok_or_else(|| {
            let base = shown(download_url.trim_end_matches('/'));
            // The query may have a token.
            let subject = shown(url.split('?').next().unwrap_or_default());
            invalid(format!("it is not the URL of a file below {base}")).with_subject(subject)
        })
    }

    fn parse(download_url: &str, url: &str) -> Option<Self> {
        let path = url.strip_prefix(download_url.trim_end_matches('/'))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut file_id = None;
        let mut overrides = Overrides::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            match name {
                "fileId" => file_id = Some(FileId::from(decode(value))),
                _ => *overrides.get_mut(name)? = Some(decode(value)),
            }
        }
        let mut download = match (path.strip_prefix("/file/"), file_id) {
            (Some(rest), None) => {
                let (bucket, name) = rest.split_once('/')?;
                Self::by_name(decode(bucket), decode(name))
            }
            (None, Some(file_id)) if path == format!("{API_PATH}/b2_download_file_by_id") => {
                Self::by_id(file_id)
            }
            _ => return None,
        };
        download.overrides = overrides;
        Some(download)
    }

    fn new(target: DownloadTarget) -> Self {
        Self {
            target,
            range: None,
            encryption: None,
            overrides: Overrides::default(),
            head: false,
            expected: ExpectedFile::default(),
            headers_may_be_hidden: false,
        }
    }

    /// Returns whether the id of the bucket has to be known: to look up a name that no URL can carry, or for the download
    /// authorization of a key that may share files and not read them.
    #[must_use]
    pub fn needs_bucket_id(&self, authorization: &Authorization) -> bool {
        match &self.target {
            DownloadTarget::ByName { name, .. } => {
                !fits_url(name) || authorization.allowed.downloads_by_grant()
            }
            DownloadTarget::ById(_) => false,
        }
    }

    /// Returns the URL of the file at a download URL, with overrides and without authorization.
    #[must_use]
    pub fn url(&self, download_url: &str) -> String {
        let base = download_url.trim_end_matches('/');
        let (mut url, mut separator) = match &self.target {
            DownloadTarget::ById(id) => (
                format!("{base}{API_PATH}/b2_download_file_by_id?fileId={}", encode(id.as_str())),
                '&',
            ),
            DownloadTarget::ByName { bucket, name } => {
                (format!("{base}/file/{}/{}", encode(bucket), encode(name)), '?')
            }
        };
        for (name, value) in self.overrides.iter() {
            url.push(separator);
            url.push_str(name);
            url.push('=');
            url.push_str(&encode(value));
            separator = '&';
        }
        url
    }

    /// Returns the URL with a download authorization in the query, which allows to download the file.
    #[must_use]
    pub fn url_with_token(&self, download_url: &str, token: &Secret) -> String {
        let url = self.url(download_url);
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}Authorization={}", encode(token.expose()))
    }

    /// Builds the request to `download_url`, which may be a CDN in front of the bucket, with a token or without.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for an empty range, an unknown SSE-C key, and a name that no URL can carry
    /// ([`fits_url`](crate::encoding::fits_url)), and [`ErrorKind::InvalidResponse`] if the download URL is none.
    pub fn request_from(
        &self,
        download_url: &str,
        token: Option<&Secret>,
    ) -> Result<Request, Error> {
        self.build(download_url, token).map_err(|error| self.label(error))
    }

    fn build(&self, download_url: &str, token: Option<&Secret>) -> Result<Request, Error> {
        if let DownloadTarget::ByName { bucket, name } = &self.target {
            check_url_bucket(bucket)?;
            check_url_name(name)?;
        }
        let method = if self.head { Method::Head } else { Method::Get };
        let mut head = RequestHead::new(method, self.url(download_url));
        check_url("download", &head.url)?;
        if let Some(token) = token {
            push_token(&mut head.headers, token)?;
        }
        if let Some(range) = &self.range {
            if range.is_empty() {
                return Err(invalid(format!(
                    "the range {}..{} has no bytes",
                    range.start, range.end
                )));
            }
            let value = format!("bytes={}-{}", range.start, range.end - 1);
            put(&mut head.headers, "range", &value)?;
        }
        // Without this, a proxy may compress the bytes on the way. A browser does not let a page say so.
        if !self.headers_may_be_hidden {
            put(&mut head.headers, ACCEPT_ENCODING, "identity")?;
        }
        // Only SSE-C needs a key.
        if let Some(encryption @ EncryptionSetting::SseC(_)) = &self.encryption {
            push_sse_c(&mut head.headers, encryption)?;
        }
        Ok(Request {
            head,
            body: Body::Empty,
            // A `HEAD` has no body to wait for.
            reply: if self.head {
                ReplyPlan::Collect { limit: MAX_ERROR }
            } else {
                ReplyPlan::Stream { limit: MAX_ERROR }
            },
            idle_timeout: IDLE_TIMEOUT,
        })
    }

    /// Reads the head of a successful response (200 or 206).
    ///
    /// The response to a request for a range may have the whole file; see [`DownloadVersion::range`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ForeignResponse`] if it is not B2's, [`ErrorKind::WrongFile`] if it is of another file,
    /// [`ErrorKind::InvalidResponse`] if its size is missing or its headers contradict each other, and
    /// [`ErrorKind::InvalidRange`] if it has other bytes than the requested ones. All of them are retried.
    pub fn read_head<B>(&self, head: &Response<B>) -> Result<DownloadVersion, Error> {
        check_origin(head, self.headers_may_be_hidden)
            .and_then(|()| read_headers(head.status, &head.headers, self.expected.size))
            .map_err(|error| self.blame_cors(error))
            .and_then(|version| self.check_file(&version).map(|()| version))
            .and_then(|version| self.check_range(&version).map(|()| version))
            .map_err(|error| self.label(error))
    }

    /// Names CORS as the likely cause if a page cannot see a header.
    fn blame_cors(&self, error: Error) -> Error {
        if !self.headers_may_be_hidden || error.kind() != ErrorKind::InvalidResponse {
            return error;
        }
        let message =
            format!("{}; for a page, the bucket's CORS rules must expose it", error.message());
        error.with_kind(ErrorKind::Cors).with_message(message)
    }

    fn check_file(&self, version: &DownloadVersion) -> Result<(), Error> {
        let (id, name) = match &self.target {
            DownloadTarget::ById(id) => (Some(id), None),
            DownloadTarget::ByName { name, .. } => (None, Some(name.as_str())),
        };
        self.expected.check(id, name, version)
    }

    fn check_range(&self, version: &DownloadVersion) -> Result<(), Error> {
        let Some(asked) = &self.range else {
            return if version.is_whole() { Ok(()) } else { Err(Self::other_range(version)) };
        };
        let expected = asked.start..asked.end.min(version.size);
        if version.range == expected || version.is_whole() {
            return Ok(());
        }
        Err(Self::other_range(version))
    }

    fn other_range(version: &DownloadVersion) -> Error {
        let message = format!(
            "the answer holds the bytes {}..{} of {}, which is not what was asked for",
            version.range.start, version.range.end, version.size
        );
        Error::new(ErrorKind::InvalidRange, message).with_retry(Retry::Backoff)
    }

    /// Reads an error response, or the response to a `HEAD` request.
    ///
    /// # Errors
    ///
    /// The error of B2, and those of [`read_head`](Self::read_head).
    pub fn response(&self, reply: &Reply) -> Result<DownloadVersion, Error> {
        let response = &reply.response;
        if response.is_success() {
            return self.read_head(response);
        }
        let Response { status, headers, body } = response;
        let error = Error::from_reply(Target::Download, *status, headers, body);
        Err(self.label(self.refine(error)))
    }

    /// Returns the error with the meaning that it has for a download: `403 access_denied` is about the SSE-C key if one
    /// was sent, and a `HEAD` request by name that is answered with 404 and no body is for a file that is not there.
    #[must_use]
    pub fn refine(&self, error: Error) -> Error {
        match &self.target {
            DownloadTarget::ByName { name, .. }
                if self.head && error.kind() == ErrorKind::ResourceNotFound =>
            {
                let message = format!("no file is named '{}', or it is hidden", shown(name));
                error.with_kind(ErrorKind::FileNotPresent).with_message(message)
            }
            _ => blame_sse_c(error, &[self.encryption.as_ref()]),
        }
    }

    /// Returns the error with the operation and the file.
    #[must_use]
    pub fn label(&self, error: Error) -> Error {
        let subject = match &self.target {
            DownloadTarget::ById(id) => id.to_string(),
            DownloadTarget::ByName { bucket, name } => format!("{bucket}/{name}"),
        };
        error.with_operation(self.name()).with_subject(subject)
    }
}

/// Checks that the name of a bucket is one segment of a URL.
fn check_url_bucket(bucket: &str) -> Result<(), Error> {
    if fits_url(bucket) {
        return Ok(());
    }
    let shown = shown(bucket);
    Err(invalid(format!("no URL leads to the bucket '{shown}': HTTP clients resolve it in a path")))
}

/// The request is sent with the account's own token. Its response is read by [`Download::read_head`] and
/// [`Download::response`], since the body of a successful one is streamed.
impl Operation for Download {
    fn name(&self) -> &'static str {
        match self.target {
            DownloadTarget::ById(_) => "b2_download_file_by_id",
            DownloadTarget::ByName { .. } => "b2_download_file_by_name",
        }
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn target(&self) -> Target {
        Target::Download
    }

    fn capability(&self) -> Option<Capability> {
        Some(Capability::READ_FILES)
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        let authorization = authorization.ok_or_else(missing_authorization)?;
        self.request_from(&authorization.download_url, Some(&authorization.token))
    }

    fn transport_error(&self, failure: &TransportError) -> Error {
        self.label(Error::from_failure(Target::Download, failure))
    }
}

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod tests;
