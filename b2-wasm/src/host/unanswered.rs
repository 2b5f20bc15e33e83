//! Why a request has no response. Browsers do not say, but some reasons can be found out.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::time::Duration;

use b2_client::HostError;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, RequestInit, RequestMode, SecurityPolicyViolationEvent,
    SecurityPolicyViolationEventDisposition,
};

use super::fetch::{Abort, private};
use super::timer::Activity;
use super::transport::{Body, Request};
use super::{WebHost, globals};
use crate::task::{callback, settled};

/// For so long a host may take to answer at all.
const PROBE: Duration = Duration::from_secs(5);

/// What is known about the origins that requests go to.
pub(super) struct Origins {
    /// Those whose responses the page has read, so that their CORS rules allow it.
    readable: RefCell<Vec<String>>,
    /// Those that the page's Content-Security-Policy blocks.
    blocked: Rc<RefCell<Vec<String>>>,
    _listener: Option<Closure<dyn FnMut(SecurityPolicyViolationEvent)>>,
}

impl Origins {
    pub(super) fn new() -> Self {
        let blocked = Rc::new(RefCell::new(Vec::new()));
        let listener = globals::has("SecurityPolicyViolationEvent").then(|| {
            let noted = blocked.clone();
            let listener = Closure::new(move |event: SecurityPolicyViolationEvent| {
                if event.effective_directive() == "connect-src"
                    && event.disposition() == SecurityPolicyViolationEventDisposition::Enforce
                {
                    note(&noted, &event.blocked_uri());
                }
            });
            globals::add_event_listener("securitypolicyviolation", &callback(&listener));
            listener
        });
        Self { readable: RefCell::default(), blocked, _listener: listener }
    }

    /// Notes that the page has read a response to this URL.
    pub(super) fn note_readable(&self, url: &str) {
        note(&self.readable, url);
    }

    fn is_readable(&self, url: &str) -> bool {
        self.readable.borrow().iter().any(|origin| origin == origin_of(url))
    }

    fn is_blocked(&self, url: &str) -> bool {
        self.blocked.borrow().iter().any(|origin| origin == origin_of(url))
    }
}

fn note(origins: &RefCell<Vec<String>>, url: &str) {
    let origin = origin_of(url);
    let mut origins = origins.borrow_mut();
    if !origins.iter().any(|known| known == origin) {
        origins.push(origin.to_string());
    }
}

/// Returns scheme, host and port.
fn origin_of(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or(url, |(end, _)| &url[..end])
}

impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origins").field("readable", &self.readable).finish_non_exhaustive()
    }
}

/// Explains why a request has no response. `sent` bytes of its body were sent.
pub(super) async fn explain(
    host: &WebHost,
    request: &Request,
    sent: u64,
    is_late: bool,
    error: Option<&JsValue>,
) -> HostError {
    if let Body::Blob(blob) = &request.body
        && has_changed(blob).await
    {
        let message = "the file cannot be read any more";
        return TransportError::new(TransportErrorKind::SourceChanged, message).into();
    }
    if is_late || globals::is_offline() {
        return cut(host, request, is_late, error);
    }
    let is_withheld = sent == 0 && is_withheld(host, request).await;
    if host.0.origins.is_blocked(&request.url) {
        return request.error(TransportErrorKind::Policy, "");
    }
    if is_withheld {
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        let message = format!(
            "{} answers, but without permission for this page. A rule must allow the origin {} and the headers {}; an \
             error of a proxy looks the same",
            request.host(),
            globals::own_origin().unwrap_or_default(),
            names.join(", "),
        );
        return TransportError::new(TransportErrorKind::Cors, message).into();
    }
    broken(host, request, error)
}

/// Explains why a transfer ended early.
pub(super) fn cut(
    host: &WebHost,
    request: &Request,
    is_late: bool,
    error: Option<&JsValue>,
) -> HostError {
    if globals::is_offline() {
        request.error(TransportErrorKind::Offline, "")
    } else if is_late {
        let message = format!("nothing moved for {} s", request.idle.as_secs());
        request.error(TransportErrorKind::Timeout, &message)
    } else {
        broken(host, request, error)
    }
}

/// The error of a connection that broke, or that could not be made.
pub(super) fn broken(host: &WebHost, request: &Request, error: Option<&JsValue>) -> HostError {
    let mut kind = TransportErrorKind::Broken;
    let mut message = String::new();
    if let (Some(server), Some(error)) = (&host.0.server, error) {
        let explanation = server.explain(error);
        kind = match explanation.kind().as_str() {
            "unknownHost" => TransportErrorKind::UnknownHost,
            "tls" => TransportErrorKind::Tls,
            "connect" => TransportErrorKind::Connect,
            _ => TransportErrorKind::Broken,
        };
        message = explanation.code();
    }
    let message = if message.is_empty() { "the connection broke" } else { &message };
    request.error(kind, message)
}

/// Whether a file has changed. A browser reports that as a broken connection; reading its ends tells.
async fn has_changed(blob: &Blob) -> bool {
    for slice in [blob.slice_with_f64_and_f64(0.0, 1.0), blob.slice_with_f64(-1.0)] {
        let Ok(slice) = slice else { return true };
        if settled(&slice.array_buffer()).await.is_err() {
            return true;
        }
    }
    false
}

/// Whether a host answers and the browser withholds its responses from the page: the page has never read one, and the host
/// answers a request that needs no permission. Outside of browsers nothing is withheld.
async fn is_withheld(host: &WebHost, request: &Request) -> bool {
    let (url, origins) = (&request.url, &host.0.origins);
    let is_foreign = globals::own_origin().is_some_and(|own| own != origin_of(url));
    if host.0.server.is_some() || !is_foreign || origins.is_readable(url) {
        return false;
    }
    let abort = Abort::new();
    let init = RequestInit::new();
    init.set_method("HEAD");
    init.set_mode(RequestMode::NoCors);
    init.set_signal(Some(&abort.0.signal()));
    private(&init);
    let Ok(answer) = globals::fetch(url.split('?').next().unwrap_or_default(), &init) else {
        return false;
    };
    let answer = Activity::new().or_idle(PROBE, settled(&answer)).await;
    matches!(answer, Some(Ok(_))) && !origins.is_readable(url)
}
