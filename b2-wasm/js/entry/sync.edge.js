// The edge runtime of Next and Vercel: it has compiled the module, which it imports by a name of its own; bytes must not be compiled.

import module from "../../wasm/sync.wasm?module";
import { Engine } from "../engine.js";
import { server } from "../platform/server.js";
import { storesOver } from "../stores.js";
import { synchronizerOver } from "../sync.js";
import { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start } from "../../wasm/sync.js";

const glue = { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, module, undefined, server);

export const B2 = synchronizerOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
export { folderOf } from "../folder/of.js";
export { Synchronization } from "../sync.js";
