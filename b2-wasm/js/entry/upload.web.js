// Browsers and bundlers: the module is fetched from beside the scripts.

import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { fetchModule } from "../module.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/upload.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/upload.wasm", import.meta.url);

export const B2 = uploaderOver(new Engine(glue, url, fetchModule));
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../checkpoints.js";
