//! From what the platform's modules throw to kinds of failure.

use alloc::string::String;

use b2_client::HostError;
use b2_client::proto::error::{TransportError, TransportErrorKind};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What the modules in `js/platform` throw, and what any other exception looks like.
    type Thrown;

    #[wasm_bindgen(method, getter)]
    fn failure(this: &Thrown) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn message(this: &Thrown) -> Option<String>;
}

/// The failure that was thrown; of this kind if it does not say.
pub(super) fn thrown(value: JsValue, otherwise: TransportErrorKind) -> HostError {
    if !value.is_object() {
        return TransportError::new(otherwise, value.as_string().unwrap_or_default()).into();
    }
    let thrown: Thrown = value.unchecked_into();
    let kind = thrown.failure().and_then(|name| kind(&name)).unwrap_or(otherwise);
    TransportError::new(kind, thrown.message().unwrap_or_default()).into()
}

fn kind(name: &str) -> Option<TransportErrorKind> {
    Some(match name {
        "unknownHost" => TransportErrorKind::UnknownHost,
        "connect" => TransportErrorKind::Connect,
        "tls" => TransportErrorKind::Tls,
        "timeout" => TransportErrorKind::Timeout,
        "broken" => TransportErrorKind::Broken,
        "cors" => TransportErrorKind::Cors,
        "policy" => TransportErrorKind::Policy,
        "offline" => TransportErrorKind::Offline,
        "source" => TransportErrorKind::Source,
        "sourceChanged" => TransportErrorKind::SourceChanged,
        "sink" => TransportErrorKind::Sink,
        _ => return None,
    })
}
