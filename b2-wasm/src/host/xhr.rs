//! Requests by `XMLHttpRequest`, which reports how much of a body was sent. `fetch` does not.

use alloc::rc::Rc;

use b2_client::proto::http::Response;
use b2_client::{HostError, Progress};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Event, ProgressEvent, XmlHttpRequest, XmlHttpRequestResponseType};

use super::request::Request;
use super::shared::Shared;
use super::timer::Activity;
use super::{headers, unanswered};
use crate::task::{callback, settled};

/// A request that is aborted when it is dropped.
struct InFlight {
    xhr: XmlHttpRequest,
    _listener: Closure<dyn FnMut(ProgressEvent)>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.xhr.set_onprogress(None);
        if let Ok(upload) = self.xhr.upload() {
            upload.set_onprogress(None);
        }
        let _ = self.xhr.abort();
    }
}

/// Sends a blob. Returns the whole response.
pub(super) async fn send(
    shared: &Shared,
    request: &Request,
    blob: &Blob,
    progress: Progress,
) -> Result<Response<Uint8Array>, HostError> {
    let activity = Rc::new(Activity::new());
    let finished = start(request, blob, progress, &activity);
    let failed = |_| unanswered::broken(shared, request, None);
    let (request_in_flight, finished) = finished.map_err(failed)?;
    let event = activity.or_idle(request.idle, settled(&finished)).await;
    let is_late = event.is_none();
    let loaded =
        matches!(event, Some(Ok(event)) if event.unchecked_ref::<Event>().type_() == "load");
    let xhr = &request_in_flight.xhr;
    if !loaded {
        let sent = activity.bytes_sent();
        return Err(unanswered::explain(shared, request, sent, is_late, None).await);
    }
    shared.origins.note_readable(&request.url);
    let lines = xhr.get_all_response_headers().unwrap_or_default();
    Ok(Response {
        status: xhr.status().unwrap_or_default(),
        headers: headers::from_lines(&lines),
        body: Uint8Array::new(&xhr.response().unwrap_or_default()),
    })
}

fn start(
    request: &Request,
    blob: &Blob,
    progress: Progress,
    activity: &Rc<Activity>,
) -> Result<(InFlight, Promise), JsValue> {
    let xhr = XmlHttpRequest::new()?;
    xhr.open(request.method, &request.url)?;
    xhr.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    for (name, value) in request.headers.iter() {
        xhr.set_request_header(name, value)?;
    }
    let upload = xhr.upload()?;
    let (noted, target) = (activity.clone(), JsValue::from(&upload));
    let listener = Closure::new(move |event: ProgressEvent| {
        let is_upload = event.target().is_some_and(|at| *AsRef::<JsValue>::as_ref(&at) == target);
        if is_upload {
            let sent = event.loaded() as u64;
            noted.sent(sent);
            progress.moved(sent);
        } else {
            noted.touch();
        }
    });
    let on_progress = callback(&listener);
    upload.set_onprogress(Some(&on_progress));
    xhr.set_onprogress(Some(&on_progress));
    let finished = Promise::new(&mut |resolve, _| {
        xhr.set_onload(Some(&resolve));
        xhr.set_onerror(Some(&resolve));
        xhr.set_onabort(Some(&resolve));
    });
    xhr.send_with_opt_blob(Some(blob))?;
    Ok((InFlight { xhr, _listener: listener }, finished))
}
