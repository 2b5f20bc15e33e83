import type { ModuleSource } from "./platform.js";

export * from "./index.js";

/**
 * Compiles the WebAssembly module, `wasm/full.wasm` of the package. Await it before anything else.
 *
 * @throws {B2Error} `WasmUnavailable` if it is not the module.
 */
export declare function init(module: ModuleSource | Promise<ModuleSource>): Promise<void>;
