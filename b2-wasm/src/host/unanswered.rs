//! Why a request has no response. Browsers do not say, but some reasons can be found out.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use b2_client::HostError;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, RequestInit, RequestMode};

use super::globals;
use super::origins::origin_of;
use super::request::{Abort, Body, Request, private};
use super::shared::Shared;
use super::timer::Activity;
use crate::task::settled;

/// For so long a host may take to answer at all.
const PROBE: Duration = Duration::from_secs(5);

/// Explains why a request has no response. `sent` bytes of its body were sent.
pub(super) async fn explain(
    shared: &Shared,
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
        return cut(shared, request, is_late, error);
    }
    let is_withheld = sent == 0 && is_withheld(shared, request).await;
    if shared.origins.is_blocked(&request.url) {
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
    broken(shared, request, error)
}

/// Explains why a transfer ended early.
pub(super) fn cut(
    shared: &Shared,
    request: &Request,
    is_late: bool,
    error: Option<&JsValue>,
) -> HostError {
    if globals::is_offline() {
        request.error(TransportErrorKind::Offline, "")
    } else if is_late {
        let message = format!("no data was transferred for {} s", request.idle.as_secs());
        request.error(TransportErrorKind::Timeout, &message)
    } else {
        broken(shared, request, error)
    }
}

/// The error of a connection that broke, or that could not be made.
pub(super) fn broken(shared: &Shared, request: &Request, error: Option<&JsValue>) -> HostError {
    let mut kind = TransportErrorKind::Broken;
    let mut message = String::new();
    if let (Some(server), Some(error)) = (&shared.server, error) {
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
async fn is_withheld(shared: &Shared, request: &Request) -> bool {
    let (url, origins) = (&request.url, &shared.origins);
    let is_foreign = globals::own_origin().is_some_and(|own| own != origin_of(url));
    if shared.server.is_some() || !is_foreign || origins.is_readable(url) {
        return false;
    }
    let init = RequestInit::new();
    let _abort = Abort::of(&init);
    init.set_method("HEAD");
    init.set_mode(RequestMode::NoCors);
    private(&init);
    let Ok(answer) = globals::fetch(url.split('?').next().unwrap_or_default(), &init) else {
        return false;
    };
    let answer = Activity::new().or_idle(PROBE, settled(&answer)).await;
    matches!(answer, Some(Ok(_))) && !origins.is_readable(url)
}
