//! Downloads and lookups, by id and by name: no JSON, but headers and bytes.

use alloc::string::{String, ToString};
use core::ops::Range;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::download_check::ExpectedFile;
use super::download_headers::read_headers;
use super::new_file::{blame_sse_c, push_sse_c};
use super::{
    API_PATH, Idempotency, Operation, check_url, invalid, missing_authorization, push_token, put,
};
use crate::account::Authorization;
use crate::encoding::encode;
use crate::error::{Error, ErrorKind, Retry, Target, TransportError};
use crate::http::names::ACCEPT_ENCODING;
use crate::http::{Method, RequestHead, Response};
use crate::machine::{Body, Reply, ReplyPlan, Request};
use crate::model::{Capability, DownloadVersion, EncryptionSetting, FileId};
use crate::secret::Secret;

const IDLE_TIMEOUT: Duration = Duration::from_secs(128);
const MAX_ERROR: u64 = 1 << 20;

/// Which file to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadTarget {
    /// This version.
    ById(FileId),
    /// The current version of a name.
    ByName {
        /// The bucket.
        bucket: String,
        /// The name, as it is.
        name: String,
    },
}

/// Headers that an answer shall have instead of those the file was uploaded with. They need an
/// authorization, even for a public bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Overrides {
    /// `Content-Disposition`.
    #[serde(rename = "b2ContentDisposition", skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Language`.
    #[serde(rename = "b2ContentLanguage", skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Expires`.
    #[serde(rename = "b2Expires", skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `Cache-Control`.
    #[serde(rename = "b2CacheControl", skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Encoding`.
    #[serde(rename = "b2ContentEncoding", skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Type`.
    #[serde(rename = "b2ContentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Overrides {
    /// Replaces those that `bound` sets.
    pub fn insist(&mut self, bound: Self) {
        let fields = [
            (&mut self.content_disposition, bound.content_disposition),
            (&mut self.content_language, bound.content_language),
            (&mut self.expires, bound.expires),
            (&mut self.cache_control, bound.cache_control),
            (&mut self.content_encoding, bound.content_encoding),
            (&mut self.content_type, bound.content_type),
        ];
        for (own, bound) in fields {
            if bound.is_some() {
                *own = bound;
            }
        }
    }

    /// Those that are set, by the names that B2 has for them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("b2ContentDisposition", &self.content_disposition),
            ("b2ContentLanguage", &self.content_language),
            ("b2Expires", &self.expires),
            ("b2CacheControl", &self.cache_control),
            ("b2ContentEncoding", &self.content_encoding),
            ("b2ContentType", &self.content_type),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
    }
}

/// `b2_download_file_by_id` and `b2_download_file_by_name`, and the same without the bytes.
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
    /// Which file.
    pub target: DownloadTarget,
    /// Which of its bytes: from the start, up to but not including the end. `None` means all.
    pub range: Option<Range<u64>>,
    /// How it is encrypted, which matters for SSE-C only: B2 needs the key.
    pub encryption: Option<EncryptionSetting>,
    /// Headers the answer shall have.
    pub overrides: Overrides,
    /// Ask for the headers only.
    pub head: bool,
    /// What is known of the file already. An answer that says otherwise is refused.
    pub expected: ExpectedFile,
    /// Whether headers of answers may be missing, because a browser shows a page only those that the bucket's CORS
    /// rules expose, or because a CDN removes them. Otherwise an answer without those that B2 always sends is not
    /// B2's. Default: no.
    pub headers_may_be_hidden: bool,
}

impl Download {
    /// The whole of a version.
    #[must_use]
    pub fn by_id(file_id: FileId) -> Self {
        Self::new(DownloadTarget::ById(file_id))
    }

    /// The whole of the current version of a name.
    #[must_use]
    pub fn by_name(bucket: impl Into<String>, name: impl Into<String>) -> Self {
        Self::new(DownloadTarget::ByName { bucket: bucket.into(), name: name.into() })
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

    /// The URL of the file at a download URL, with overrides and without authorization.
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

    /// The same URL with a download authorization in its query: whoever has it can download.
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
    /// [`ErrorKind::InvalidInput`] for an empty range or an unknown SSE-C key, and
    /// [`ErrorKind::InvalidResponse`] if the download URL is none.
    pub fn request_from(
        &self,
        download_url: &str,
        token: Option<&Secret>,
    ) -> Result<Request, Error> {
        self.build(download_url, token).map_err(|error| self.label(error))
    }

    fn build(&self, download_url: &str, token: Option<&Secret>) -> Result<Request, Error> {
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
        // A key is needed; every other mode is B2's own matter.
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

    /// Reads the head of a successful answer (200 or 206).
    ///
    /// An answer to a request for a range may hold the whole file: [`DownloadVersion::range`] tells.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ForeignResponse`] if it is not B2's, [`ErrorKind::WrongFile`] if it is of another file,
    /// [`ErrorKind::InvalidResponse`] if its size is missing or its headers contradict each other, and
    /// [`ErrorKind::InvalidRange`] if it holds other bytes than were asked for. Each is worth asking again.
    pub fn read_head<B>(&self, head: &Response<B>) -> Result<DownloadVersion, Error> {
        self.check_origin(head)
            .and_then(|()| read_headers(head.status, &head.headers, self.expected.size))
            .map_err(|error| self.blame_cors(error))
            .and_then(|version| self.check_file(&version).map(|()| version))
            .and_then(|version| self.check_range(&version).map(|()| version))
            .map_err(|error| self.label(error))
    }

    /// Where a page cannot see a header that is needed, asking again rarely helps.
    fn blame_cors(&self, error: Error) -> Error {
        if !self.headers_may_be_hidden || error.kind() != ErrorKind::InvalidResponse {
            return error;
        }
        let message =
            format!("{}; for a page, the bucket's CORS rules must expose it", error.message());
        error.with_kind(ErrorKind::Cors).with_message(message)
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

    /// Reads an answer that is an error, or that has no body because only the headers were asked for.
    ///
    /// # Errors
    ///
    /// What B2 answers, and as for [`read_head`](Self::read_head).
    pub fn response(&self, reply: &Reply) -> Result<DownloadVersion, Error> {
        let response = &reply.response;
        if response.is_success() {
            return self.read_head(response);
        }
        let Response { status, headers, body } = response;
        let error = Error::from_reply(Target::Download, *status, headers, body);
        Err(self.label(self.refine(error)))
    }

    /// Where a download means something else by an error than the table says: a `403 access_denied` is about
    /// the key if one was sent, and about something else if none was.
    #[must_use]
    pub fn refine(&self, error: Error) -> Error {
        blame_sse_c(error, &[self.encryption.as_ref()])
    }

    /// The error, with the operation and the file it is about.
    #[must_use]
    pub fn label(&self, error: Error) -> Error {
        let subject = match &self.target {
            DownloadTarget::ById(id) => id.to_string(),
            DownloadTarget::ByName { bucket, name } => format!("{bucket}/{name}"),
        };
        error.with_operation(self.name()).with_subject(subject)
    }
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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::test::{authorization, reply};
    use crate::model::EncryptionKey;

    #[test]
    fn urls() {
        let mut by_id = Download::by_id("4_z/..?&#".into());
        assert_eq!(
            by_id.url("https://f"),
            "https://f/b2api/v4/b2_download_file_by_id?fileId=4_z/..%3F%26%23"
        );
        by_id.overrides.content_type = Some("text/plain".to_owned());
        by_id.overrides.content_disposition = Some("attachment; filename=\"a b\"".to_owned());
        assert!(by_id.url("https://f").ends_with(
            "&b2ContentDisposition=attachment%3B%20filename%3D%22a%20b%22&b2ContentType=text/plain"
        ));
        let mut by_name = Download::by_name("my bucket", "a+b/\u{e9} c");
        assert_eq!(by_name.url("https://f/"), "https://f/file/my%20bucket/a%2Bb/%C3%A9%20c");
        by_name.overrides.expires = Some("0".to_owned());
        assert!(by_name.url("https://f").ends_with("%20c?b2Expires=0"));
        let token = "3_a=".into();
        assert!(by_name.url_with_token("https://f", &token).ends_with("=0&Authorization=3_a%3D"));
        let url = Download::by_name("b", "a").url_with_token("https://f", &token);
        assert_eq!(url, "https://f/file/b/a?Authorization=3_a%3D");
    }

    #[test]
    fn requests() {
        let mut download = Download::by_name("b", "a");
        download.range = Some(5..10);
        download.encryption = Some(EncryptionSetting::SseB2);
        let request = download.request(Some(&authorization())).unwrap();
        assert_eq!(request.head.method, Method::Get);
        let headers: Vec<_> = request.head.headers.iter().collect();
        let sent =
            [("authorization", "token"), ("range", "bytes=5-9"), ("accept-encoding", "identity")];
        assert_eq!(headers, sent);
        download.encryption = Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32])));
        download.head = true;
        let request = download.request_from("https://cdn.example.com", None).unwrap();
        assert_eq!(request.head.method, Method::Head);
        assert_eq!(request.head.url, "https://cdn.example.com/file/b/a");
        assert_eq!(request.head.headers.iter().count(), 5);
        download.range = Some(5..5);
        assert_eq!(
            download.request(Some(&authorization())).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        let error = Download::by_id("f".into()).request_from("no url", None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    }

    fn head(status: u16, length: u64, range: Option<&str>) -> Response<()> {
        let mut head = Response::new(status, ());
        for (name, value) in
            [("x-bz-file-id", "f"), ("x-bz-file-name", "a"), ("x-bz-content-sha1", "none")]
        {
            head.headers.push(name, value).unwrap();
        }
        head.headers.push("content-length", &length.to_string()).unwrap();
        if let Some(range) = range {
            head.headers.push("content-range", range).unwrap();
        }
        head
    }

    #[test]
    fn the_answer_holds_what_was_asked_for() {
        let mut download = Download::by_id("f".into());
        let kind = |download: &Download, head| {
            let read = download.read_head(&head);
            read.map(|version| version.range).map_err(|error| {
                assert_eq!(error.retry(), Retry::Backoff);
                error.kind()
            })
        };
        assert_eq!(kind(&download, head(200, 0, None)), Ok(0..0));
        assert_eq!(
            kind(&download, head(206, 5, Some("bytes 5-9/20"))),
            Err(ErrorKind::InvalidRange)
        );
        download.range = Some(5..10);
        assert_eq!(kind(&download, head(206, 5, Some("bytes 5-9/20"))), Ok(5..10));
        assert_eq!(kind(&download, head(206, 3, Some("bytes 5-7/8"))), Ok(5..8));
        assert_eq!(kind(&download, head(200, 20, None)), Ok(0..20));
        assert_eq!(
            kind(&download, head(206, 4, Some("bytes 5-8/20"))),
            Err(ErrorKind::InvalidRange)
        );
        assert_eq!(
            kind(&download, head(206, 5, Some("bytes 5-9/*"))),
            Err(ErrorKind::InvalidResponse)
        );
        assert_eq!(kind(&download, head(206, 5, None)), Err(ErrorKind::InvalidResponse));
        // The two lengths contradict each other.
        assert_eq!(
            kind(&download, head(206, 4, Some("bytes 5-9/20"))),
            Err(ErrorKind::InvalidResponse)
        );
        download.headers_may_be_hidden = true;
        assert_eq!(kind(&download, head(206, 5, None)), Err(ErrorKind::Cors));
    }

    /// D33: b2sdk blames the key for every refused download.
    #[test]
    fn d33_only_a_key_that_was_sent_is_blamed() {
        let denied = reply(403, &json!({"code": "access_denied", "message": ""}));
        let mut download = Download::by_name("b", "a");
        assert_eq!(download.response(&denied).unwrap_err().kind(), ErrorKind::AccessDenied);
        download.encryption = Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32])));
        let error = download.response(&denied).unwrap_err();
        assert_eq!((error.kind(), error.subject()), (ErrorKind::SseCKey, Some("b/a")));
    }
}
