// Deno: the module is read from beside the scripts.

import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/upload.js";

runIn(server);

export const B2 = uploaderOver(new Engine(glue, () => Deno.readFile(new URL("../../wasm/upload.wasm", import.meta.url))));
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../indexeddb.js";
