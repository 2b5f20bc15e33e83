// All runtimes: `init` is given the module.

import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { fetchModule } from "../module.js";
import { serverHere } from "../platform/server.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/upload.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, undefined, fetchModule, serverHere());

/** Compiles the module: its URL, bytes, a `WebAssembly.Module` or a `Response`. Await it before anything else. */
export const init = (module) => engine.init(module);
export const B2 = uploaderOver(engine);
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../checkpoints.js";
