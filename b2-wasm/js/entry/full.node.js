// Node: the module is read from beside the scripts.

import { readFile } from "node:fs/promises";
import { clientOver } from "../b2.js";
import { Engine } from "../engine.js";
import { files } from "../platform/files.js";
import { server } from "../platform/server.js";
import { storesOver } from "../stores.js";
import { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start } from "../../wasm/full.js";

const glue = { CacheHandle, Client, Host, StoreHandle, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/full.wasm", import.meta.url);
const engine = new Engine(glue, url, readFile, server, files);

export const B2 = clientOver(engine);
export const { IndexedDbCache, IndexedDbStore } = storesOver(engine);
export { CheckpointStore, matches } from "../checkpoints.js";
export { B2Error } from "../errors.js";
export { MemoryStore } from "../stores.js";
