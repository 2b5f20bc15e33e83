//! Requests: what is asked for is sent, once; what comes back is handed on.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;
use core::fmt;

use b2_client::proto::error::TransportErrorKind;
use b2_client::proto::hash::Sha1Hasher;
use b2_client::proto::http::Response;
use b2_client::{HostError, HostRequest, HostResponse, Progress, RequestBody, ResponseBody};
use bytes::Bytes;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::failure::thrown;
use super::headers;
use super::source::{self, WebSource};

#[wasm_bindgen(module = "/js/platform/transport.js")]
extern "C" {
    /// A request under way.
    type Exchange;

    #[wasm_bindgen(js_name = send)]
    fn begin(
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        idle_millis: f64,
        moved: Option<&Closure<dyn FnMut(f64)>>,
        hash: Option<&Hash>,
    ) -> Exchange;

    /// Whether a body can be read while it is sent, and its length be declared.
    #[wasm_bindgen(js_name = streamsBodies)]
    pub(super) fn streams_bodies() -> bool;

    /// Whether headers of answers may be hidden.
    #[wasm_bindgen(js_name = hidesHeaders)]
    pub(super) fn hides_headers() -> bool;

    #[wasm_bindgen(method, getter)]
    fn answer(this: &Exchange) -> Promise;

    #[wasm_bindgen(method)]
    fn abort(this: &Exchange);

    /// The answer to a request.
    type Head;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Head) -> u16;

    #[wasm_bindgen(method, getter)]
    fn headers(this: &Head) -> String;

    /// The next bytes; `undefined` at the end.
    #[wasm_bindgen(method)]
    fn chunk(this: &Head) -> Promise;
}

/// A request that is aborted when nobody waits for its answer any more.
struct InFlight {
    exchange: Exchange,
    /// Called while the body is sent.
    _moved: Option<Closure<dyn FnMut(f64)>>,
    _hash: Option<Hash>,
}

/// Takes the chunks of a body as they are sent; for none, it answers the digits that come at the end.
type Hash = Closure<dyn FnMut(Option<Uint8Array>) -> Option<String>>;

type Shared = Rc<RefCell<Sha1Hasher>>;

fn hashing(hasher: Shared) -> Hash {
    Closure::new(move |chunk: Option<Uint8Array>| {
        let mut hasher = hasher.borrow_mut();
        let Some(chunk) = chunk else {
            return Some(hasher.finish().to_hex());
        };
        source::update(&mut hasher, &chunk);
        None
    })
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.exchange.abort();
    }
}

pub(super) async fn send(
    outgoing: HostRequest<WebSource>,
) -> Result<HostResponse<WebIncoming>, HostError> {
    let HostRequest { head, body, idle_timeout, progress } = outgoing;
    let (body, moved, hasher) = match body {
        RequestBody::Empty => (JsValue::UNDEFINED, None, None),
        RequestBody::Bytes(bytes) => (Uint8Array::from(&*bytes).into(), None, None),
        RequestBody::Spans { spans, digest_at_end } => (
            source::joined(&spans)?,
            Some(reporting(progress)),
            digest_at_end.then(|| Rc::new(RefCell::new(Sha1Hasher::new()))),
        ),
    };
    let hash = hasher.clone().map(hashing);
    let exchange = begin(
        head.method.as_str(),
        &head.url,
        &headers::to_lines(&head.headers),
        &body,
        idle_timeout.as_secs_f64() * 1_000.0,
        moved.as_ref(),
        hash.as_ref(),
    );
    let in_flight = InFlight { exchange, _moved: moved, _hash: hash };
    let answer = in_flight.exchange.answer().await;
    let head: Head =
        answer.map_err(|error| thrown(error, TransportErrorKind::Broken))?.unchecked_into();
    let (status, headers) = (head.status(), headers::from_lines(&head.headers()));
    let body = WebIncoming { head, _in_flight: in_flight };
    Ok(HostResponse {
        response: Response { status, headers, body },
        sent: hasher.map(|hasher| hasher.borrow().finish()),
    })
}

fn reporting(progress: Progress) -> Closure<dyn FnMut(f64)> {
    Closure::new(move |bytes: f64| progress.moved(bytes as u64))
}

/// The body of an answer, as it arrives.
pub struct WebIncoming {
    head: Head,
    _in_flight: InFlight,
}

impl ResponseBody for WebIncoming {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HostError> {
        let chunk = self.head.chunk().await;
        let chunk = chunk.map_err(|error| thrown(error, TransportErrorKind::Broken))?;
        if chunk.is_undefined() {
            return Ok(None);
        }
        let chunk: Uint8Array = chunk.unchecked_into();
        Ok(Some(chunk.to_vec().into()))
    }
}

impl fmt::Debug for WebIncoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebIncoming")
    }
}
