// Deno: the module is read from beside the scripts.

import { Engine } from "../engine.js";
import { files } from "../platform/files.js";
import { server } from "../platform/server.js";
import { storesOver } from "../stores.js";
import { synchronizerOver } from "../sync.js";
import { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start } from "../../wasm/sync.js";

const glue = { CacheHandle, Client, Host, StoreHandle, SyncFolder, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/sync.wasm", import.meta.url);
const engine = new Engine(glue, url, Deno.readFile, server, files);

export const B2 = synchronizerOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
export { folderAt } from "../folder/at.js";
export { folderOf } from "../folder/of.js";
export { Synchronization } from "../sync.js";
