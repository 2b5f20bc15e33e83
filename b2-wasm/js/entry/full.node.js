// Node: the module is read from beside the scripts.

import { readFile } from "node:fs/promises";
import { clientOver } from "../b2.js";
import { Engine } from "../engine.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/full.js";

runIn(server);

export const B2 = clientOver(new Engine(glue, () => readFile(new URL("../../wasm/full.wasm", import.meta.url))));
export { B2Error } from "../errors.js";
export { CheckpointStore, IndexedDbStore, MemoryStore, matches } from "../indexeddb.js";
