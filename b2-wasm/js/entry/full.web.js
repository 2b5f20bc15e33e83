// Browsers and bundlers: the module is fetched from beside the scripts.

import { clientOver } from "../b2.js";
import { Engine } from "../engine.js";
import { fetchModule } from "../module.js";
import { storesOver } from "../stores.js";
import { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start } from "../../wasm/full.js";

const glue = { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/full.wasm", import.meta.url);
const engine = new Engine(glue, url, fetchModule);

export const B2 = clientOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
