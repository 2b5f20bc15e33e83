// Node and Deno: `init` is given the module.

import { Engine } from "../engine.js";
import { fetchModule } from "../module.js";
import { files } from "../platform/files.js";
import { server } from "../platform/server.js";
import { storesOver } from "../stores.js";
import { synchronizerOver } from "../sync.js";
import { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start } from "../../wasm/sync.js";

const glue = { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, undefined, fetchModule, server, files);

/** Compiles the module: its URL, bytes, a `WebAssembly.Module` or a `Response`. Await it before anything else. */
export const init = (module) => engine.init(module);
export const B2 = synchronizerOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
export { folderAt } from "../folder/at.js";
export { folderOf } from "../folder/of.js";
export { Synchronization } from "../sync.js";
