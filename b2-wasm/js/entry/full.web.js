// Browsers and bundlers: the module is fetched from beside the scripts.

import { clientOver } from "../b2.js";
import { Engine } from "../engine.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/full.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };
const load = () => fetch(new URL("../../wasm/full.wasm", import.meta.url));

export const B2 = clientOver(new Engine(glue, load));
export { B2Error } from "../errors.js";
export { CheckpointStore, IndexedDbStore, MemoryStore, matches } from "../indexeddb.js";
