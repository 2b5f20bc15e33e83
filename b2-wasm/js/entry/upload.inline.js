// All runtimes, except those that do not compile bytes: the module is inside of the script.

import module from "../../wasm/upload.wasm";
import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { serverHere } from "../platform/server.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/upload.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, module, undefined, serverHere());

export const B2 = uploaderOver(engine);
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../checkpoints.js";
