//! Requests. Each is sent once; there is no retry, no redirect and no cookie.

use alloc::rc::Rc;
use core::fmt;

use b2_client::proto::error::TransportErrorKind;
use b2_client::proto::http::Response;
use b2_client::{HostError, HostRequest, HostResponse, RequestBody, ResponseBody};
use bytes::Bytes;
use js_sys::Uint8Array;

use super::request::{Body, Request};
use super::shared::Shared;
use super::source::{self, WebSource};
use super::{fetch, globals, xhr};

/// Whether a path has a segment `.` or `..`. HTTP clients resolve these: `a/../b` would become `b`, which at B2 is another
/// file.
fn has_dot_segment(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    let mut segments = path.split('/').skip(3);
    let dots = [".", "%2e", "..", ".%2e", "%2e.", "%2e%2e"];
    segments.any(|segment| dots.iter().any(|dots| segment.eq_ignore_ascii_case(dots)))
}

pub(super) async fn send(
    shared: Rc<Shared>,
    request: HostRequest<WebSource>,
) -> Result<HostResponse<WebResponseBody>, HostError> {
    let HostRequest { head, body, idle_timeout, progress } = request;
    let (body, digest_at_end) = match body {
        RequestBody::Empty => (Body::Empty, false),
        RequestBody::Bytes(bytes) => (Body::Bytes(Uint8Array::from(&*bytes)), false),
        RequestBody::Spans { spans, digest_at_end } => {
            (Body::Blob(source::joined(&spans)?), digest_at_end)
        }
    };
    let method = head.method.as_str();
    let request =
        Request { method, url: head.url, headers: head.headers, body, idle: idle_timeout };
    if has_dot_segment(&request.url) {
        let message = "HTTP cannot name a file with . or .. in its path; use its file id";
        return Err(request.error(TransportErrorKind::Source, message));
    }
    match &request.body {
        // The progress of an upload is known to XMLHttpRequest only.
        Body::Blob(blob) if globals::has("XMLHttpRequest") => {
            let response = xhr::send(&shared, &request, blob, progress).await?;
            let Response { status, headers, body } = response;
            let body = WebResponseBody(Source::Whole(Some(body)));
            Ok(HostResponse { response: Response { status, headers, body }, sent: None })
        }
        _ => {
            let (response, sent) = fetch::send(shared, request, progress, digest_at_end).await?;
            let Response { status, headers, body } = response;
            let body = WebResponseBody(Source::Fetch(body));
            Ok(HostResponse { response: Response { status, headers, body }, sent })
        }
    }
}

/// The body of a response.
pub struct WebResponseBody(Source);

enum Source {
    Whole(Option<Uint8Array>),
    Fetch(fetch::Body),
}

impl ResponseBody for WebResponseBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HostError> {
        let chunk = match &mut self.0 {
            Source::Whole(bytes) => bytes.take().filter(|bytes| bytes.length() > 0),
            Source::Fetch(body) => body.chunk().await?,
        };
        Ok(chunk.map(|chunk| chunk.to_vec().into()))
    }
}

impl fmt::Debug for WebResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebResponseBody")
    }
}
