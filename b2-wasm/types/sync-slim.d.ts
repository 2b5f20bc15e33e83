import type { ModuleSource } from "./platform.js";

export * from "./sync.js";

/**
 * Compiles the WebAssembly module, `wasm/sync.wasm` of the package. Await it before anything else.
 *
 * @throws {B2Error} `WasmUnavailable` if it is not the module.
 */
export declare function init(module: ModuleSource | Promise<ModuleSource>): Promise<void>;
