import type { ModuleSource } from "./platform.js";

export * from "./upload.js";

/**
 * Compiles the WebAssembly module, `wasm/upload.wasm` of the package. Await it before anything else.
 *
 * @throws {B2Error} `WasmUnavailable` if it is not the module.
 */
export declare function init(module: ModuleSource | Promise<ModuleSource>): Promise<void>;
