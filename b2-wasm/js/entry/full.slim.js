// All runtimes: `init` is given the module.

import { clientOver } from "../b2.js";
import { Engine } from "../engine.js";
import { fetchModule } from "../module.js";
import { serverHere } from "../platform/server.js";
import { storesOver } from "../stores.js";
import { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start } from "../../wasm/full.js";

const glue = { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, undefined, fetchModule, serverHere());

/** Compiles the module: its URL, bytes, a `WebAssembly.Module` or a `Response`. Await it before anything else. */
export const init = (module) => engine.init(module);
export const B2 = clientOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
