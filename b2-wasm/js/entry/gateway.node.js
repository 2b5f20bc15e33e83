// Node: the module is read from beside the scripts.

import { readFileSync } from "node:fs";
import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/gateway.wasm", import.meta.url);

export const createGateway = gatewayOver(new Engine(glue, url, readFileSync, server));
export { B2Error } from "../errors.js";
