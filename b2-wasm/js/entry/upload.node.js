// Node: the module is read from beside the scripts.

import { readFile } from "node:fs/promises";
import { uploaderOver } from "../uploader.js";
import { Engine } from "../engine.js";
import { files } from "../platform/files.js";
import { server } from "../platform/server.js";
import { Client, Host, __wbg_reset_state, initSync, start } from "../../wasm/upload.js";

const glue = { Client, Host, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/upload.wasm", import.meta.url);

export const B2 = uploaderOver(new Engine(glue, url, readFile, server, files));
export { B2Error } from "../errors.js";
export { CheckpointStore, matches } from "../checkpoints.js";
