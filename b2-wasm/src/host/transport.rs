//! Requests. Each is sent once; there is no retry, no redirect and no cookie.

use alloc::rc::Rc;
use core::fmt;

use b2_client::proto::http::Response;
use b2_client::{HostError, HostRequest, HostResponse, RequestBody, ResponseBody};
use bytes::Bytes;
use js_sys::Uint8Array;

use super::request::{Body, Request};
use super::server::ServerRuntime;
use super::shared::Shared;
use super::source::{self, WebSource};
use super::{fetch, globals, xhr};

pub(super) async fn send(
    shared: Rc<Shared>,
    request: HostRequest<WebSource>,
) -> Result<HostResponse<WebResponseBody>, HostError> {
    let HostRequest { head, body, idle_timeout, progress } = request;
    let streams = shared.server.as_ref().is_some_and(ServerRuntime::streams_bodies);
    let (mut digest_at_end, mut digest) = (false, None);
    let body = match body {
        RequestBody::Empty => Body::Empty,
        RequestBody::Bytes(bytes) => Body::Bytes(Uint8Array::from(&*bytes)),
        RequestBody::Spans { spans, digest_at_end: true } if !streams => {
            let (bytes, sha1) = source::with_digest(&spans).await?;
            digest = Some(sha1);
            Body::Bytes(bytes)
        }
        RequestBody::Spans { spans, digest_at_end: at_end } => {
            digest_at_end = at_end;
            Body::Blob(source::joined(&spans)?)
        }
    };
    let method = head.method.as_str();
    let request =
        Request { method, url: head.url, headers: head.headers, body, idle: idle_timeout };
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
            let sent = digest.or(sent);
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
