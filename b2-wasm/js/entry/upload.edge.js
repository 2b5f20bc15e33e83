// The edge runtime of Next and Vercel: it has compiled the module, which it imports by a name of its own; bytes must not be compiled.

import module from "../../wasm/upload.wasm?module";
import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { server } from "../platform/server.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/upload.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };

export const B2 = uploaderOver(new Engine(glue, module, undefined, server));
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../checkpoints.js";
