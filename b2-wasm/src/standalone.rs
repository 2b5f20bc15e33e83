//! What std would bring to a module that is loaded by itself: an allocator, and the end by a panic. Its messages, and
//! the code that formats them, would be a tenth of what a page loads.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/platform/panic.js")]
extern "C" {
    fn died(instance: u32);
}

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

/// Which of JavaScript's instances this is.
static INSTANCE: AtomicU32 = AtomicU32::new(0);

/// Gives this instance the number under which JavaScript hears of its end.
#[wasm_bindgen]
pub fn begin(instance: u32) {
    INSTANCE.store(instance, Relaxed);
}

/// A panic is a bug, and after it nothing of this instance may be used. It is told before the trap: promises that are
/// under way will never be kept.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    died(INSTANCE.load(Relaxed));
    core::arch::wasm32::unreachable()
}
