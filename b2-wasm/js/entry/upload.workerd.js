// Workers: the platform has compiled the module; bytes may not be compiled there.

import module from "../../wasm/upload.wasm";
import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/upload.js";

runIn(server);

export const B2 = uploaderOver(new Engine(glue, () => module));
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../indexeddb.js";
