//! The end of an instance: a panic is a bug, and after it nothing of this instance may be used.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `listener(place)` when this instance ends by a panic, before it traps: promises that are under way
/// will never be kept.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(listener: Function) {
    LISTENER.set(Some(listener));
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("", std::panic::Location::file);
        let line = info.location().map_or(0, std::panic::Location::line);
        // Nothing here may panic again.
        let listener = LISTENER.try_with(|listener| listener.try_borrow().ok()?.clone());
        if let Ok(Some(listener)) = listener {
            let _ = listener.call2(&JsValue::NULL, &place.into(), &line.into());
        }
    }));
}
