//! Requests by `fetch`.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use b2_client::proto::error::TransportErrorKind;
use b2_client::proto::hash::{Sha1Digest, Sha1Hasher};
use b2_client::proto::http::Response;
use b2_client::{HostError, Progress};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    ReadableStreamDefaultReader, ReadableStreamReadResult, RequestInit, RequestRedirect,
    ResponseType,
};

use super::request::{self, Abort, Request, private};
use super::server::ServerRuntime;
use super::shared::Shared;
use super::timer::Activity;
use super::{globals, headers, source, unanswered};
use crate::task::{callback, settled};

/// Where nothing tells how much of a body was sent, it may take as long as at this many bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// Sends a request. Returns the response, and the SHA-1 of a body that was hashed while it was sent.
pub(super) async fn send(
    shared: Rc<Shared>,
    request: Request,
    progress: Progress,
    digest_at_end: bool,
) -> Result<(Response<Body>, Option<Sha1Digest>), HostError> {
    let init = init(&shared, &request);
    let abort = Abort::of(&init);
    let activity = Rc::new(Activity::new());
    let mut idle = request.idle;
    let mut streamed = None;
    match &request.body {
        request::Body::Empty => {}
        request::Body::Bytes(bytes) => init.set_body_opt_u8_array(Some(bytes)),
        request::Body::Blob(blob) => {
            let server = shared.server.as_ref().filter(|server| server.streams_bodies());
            match server {
                Some(server) if blob.size() > 0.0 || digest_at_end => {
                    let body = Streamed::new(progress, activity.clone(), digest_at_end);
                    body.set(server, &init, blob);
                    streamed = Some(body);
                }
                // Some runtimes do not say that an empty blob has no bytes.
                _ if blob.size() > 0.0 => init.set_body_opt_blob(Some(blob)),
                _ => {}
            }
            if streamed.is_none() {
                idle += Duration::from_secs((blob.size() as u64).div_ceil(SLOWEST));
            }
        }
    }
    let response = match globals::fetch(&request.url, &init) {
        Ok(promise) => activity.or_idle(idle, settled(&promise)).await,
        Err(error) => Some(Err(error)),
    };
    let response: web_sys::Response = match response {
        Some(Ok(response)) => response.unchecked_into(),
        failed => {
            if let Some(given) = streamed.as_ref().and_then(|body| body.wrong_length.get()) {
                let request::Body::Blob(blob) = &request.body else { unreachable!() };
                return Err(source::wrong_length(given, blob.size() as u64));
            }
            let (is_late, error) = (failed.is_none(), failed.and_then(Result::err));
            let sent = activity.bytes_sent();
            let error = error.as_ref();
            return Err(unanswered::explain(&shared, &request, sent, is_late, error).await);
        }
    };
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(request.error(TransportErrorKind::Broken, "it answers with a redirect"));
    }
    shared.origins.note_readable(&request.url);
    let (status, headers) = (response.status(), headers::from_fetch(&response.headers()));
    let reader = response.body().map(|body| body.get_reader().unchecked_into());
    let digest = streamed.as_ref().and_then(Streamed::digest);
    let body = Body { shared, request, reader, abort, _streamed: streamed };
    Ok((Response { status, headers, body }, digest))
}

fn init(shared: &Shared, request: &Request) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_headers(&headers::to_array(&request.headers));
    init.set_redirect(RequestRedirect::Manual);
    // Workers do not know these.
    if shared.server.is_none() {
        private(&init);
    }
    init
}

/// Hashes the chunks of a body; called without one, it returns the digits of the hash.
type Hash = Closure<dyn FnMut(Option<Uint8Array>) -> Option<String>>;

/// A body that is read while it is sent.
struct Streamed {
    wrong_length: Rc<Cell<Option<u64>>>,
    hasher: Option<Rc<RefCell<Sha1Hasher>>>,
    on_sent: Closure<dyn FnMut(f64)>,
    on_wrong_length: Closure<dyn FnMut(f64)>,
    hash: Option<Hash>,
}

impl Streamed {
    fn new(progress: Progress, activity: Rc<Activity>, digest_at_end: bool) -> Self {
        let on_sent = Closure::new(move |bytes: f64| {
            activity.sent(bytes as u64);
            progress.moved(bytes as u64);
        });
        let wrong_length = Rc::new(Cell::new(None));
        let wrong = wrong_length.clone();
        let on_wrong_length = Closure::new(move |given: f64| wrong.set(Some(given as u64)));
        let hasher = digest_at_end.then(|| Rc::new(RefCell::new(Sha1Hasher::new())));
        let hash = hasher.clone().map(|hasher| {
            Closure::new(move |chunk: Option<Uint8Array>| {
                let mut hasher = hasher.borrow_mut();
                let Some(chunk) = chunk else {
                    return Some(hasher.finish().to_hex());
                };
                source::update(&mut hasher, &chunk);
                None
            })
        });
        Self { wrong_length, hasher, on_sent, on_wrong_length, hash }
    }

    fn set(&self, server: &ServerRuntime, init: &RequestInit, blob: &web_sys::Blob) {
        let (on_sent, on_wrong_length) = (callback(&self.on_sent), callback(&self.on_wrong_length));
        let hash: Option<Function> = self.hash.as_ref().map(callback);
        server.stream_body(init, blob, &on_sent, &on_wrong_length, hash.as_ref());
    }

    fn digest(&self) -> Option<Sha1Digest> {
        self.hasher.as_ref().map(|hasher| hasher.borrow().finish())
    }
}

/// The body of a response.
pub(super) struct Body {
    shared: Rc<Shared>,
    request: Request,
    reader: Option<ReadableStreamDefaultReader>,
    abort: Abort,
    /// The rest of the request's body is still sent.
    _streamed: Option<Streamed>,
}

impl Body {
    /// Returns the next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Uint8Array>, HostError> {
        let Some(reader) = &self.reader else {
            return Ok(None);
        };
        let activity = Activity::new();
        loop {
            let read = activity.or_idle(self.request.idle, settled(&reader.read())).await;
            let read = match read {
                Some(Ok(read)) => read.unchecked_into::<ReadableStreamReadResult>(),
                failed => {
                    let (is_late, error) = (failed.is_none(), failed.and_then(Result::err));
                    let (shared, request) = (&self.shared, &self.request);
                    return Err(unanswered::cut(shared, request, is_late, error.as_ref()));
                }
            };
            if read.get_done() == Some(true) {
                // A large body may still be on its way.
                if !matches!(self.request.body, request::Body::Blob(_)) {
                    self.abort.over();
                }
                return Ok(None);
            }
            let chunk: Uint8Array = read.get_value().unchecked_into();
            // An empty chunk would look like the end.
            if chunk.length() > 0 {
                return Ok(Some(chunk));
            }
        }
    }
}
