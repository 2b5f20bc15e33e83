//! Globals that `web_sys` knows in windows only, although all JavaScript runtimes have them.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, RequestInit, SubtleCrypto};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    pub(super) fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    /// The handle is a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(callback: &Function, millis: f64) -> JsValue;

    /// A timer of Node, Deno or Bun.
    type ProcessTimer;

    #[wasm_bindgen(method, catch)]
    fn unref(this: &ProcessTimer) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(handle: &JsValue);

    #[wasm_bindgen(js_name = addEventListener)]
    pub(super) fn add_event_listener(name: &str, callback: &Function);

    #[wasm_bindgen(js_name = removeEventListener)]
    pub(super) fn remove_event_listener(name: &str, callback: &Function);

    /// Milliseconds on a clock that never goes back.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<Crypto>;

    /// Missing in pages that are not a secure context.
    type MaybeSubtle;

    #[wasm_bindgen(method, getter)]
    fn subtle(this: &MaybeSubtle) -> Option<SubtleCrypto>;

    type Navigator;

    /// Missing outside of browsers.
    #[wasm_bindgen(method, getter, js_name = onLine)]
    fn on_line(this: &Navigator) -> Option<bool>;

    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: Option<Navigator>;

    type Location;

    #[wasm_bindgen(method, getter)]
    fn origin(this: &Location) -> alloc::string::String;

    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Option<Location>;
}

/// Whether a global of this name exists.
pub(super) fn has(name: &str) -> bool {
    js_sys::Reflect::has(&js_sys::global(), &name.into()).unwrap_or(false)
}

/// Lets a process end before a timer. It is `Engine` in JavaScript that keeps a process running while an operation does.
pub(super) fn unref(timer: &JsValue) {
    if timer.is_object() {
        // Where timers are objects without it, they do not keep anything running.
        let _ = timer.unchecked_ref::<ProcessTimer>().unref();
    }
}

/// Returns 64 random bits.
pub(super) fn random() -> u64 {
    let bytes = js_sys::Uint8Array::new_with_length(8);
    CRYPTO.with(|crypto| {
        if let Some(crypto) = crypto {
            let _ = crypto.get_random_values_with_js_u8_array(&bytes);
        }
    });
    let mut random = [0; 8];
    bytes.copy_to(&mut random);
    u64::from_le_bytes(random)
}

/// Returns the platform's hash functions, where there are any.
pub(super) fn subtle_crypto() -> Option<SubtleCrypto> {
    CRYPTO.with(|crypto| crypto.as_ref()?.unchecked_ref::<MaybeSubtle>().subtle())
}

/// Whether the device is online; `None` where the runtime does not say.
pub(super) fn on_line() -> Option<bool> {
    NAVIGATOR.with(|navigator| navigator.as_ref()?.on_line())
}

/// Whether the device is known to be offline.
pub(super) fn is_offline() -> bool {
    on_line() == Some(false)
}

/// Returns the origin of the page or worker.
pub(super) fn own_origin() -> Option<alloc::string::String> {
    LOCATION.with(|location| location.as_ref().map(Location::origin))
}
