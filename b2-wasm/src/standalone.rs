//! What std provides to a module: an allocator and a panic handler. std's own handler formats messages, which would be a
//! tenth of what a page loads.

use core::panic::PanicInfo;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

/// A panic is a bug, after which this instance must not be used. JavaScript is told before the trap, since no pending
/// promise will settle.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    crate::task::panicked();
    core::arch::wasm32::unreachable()
}
