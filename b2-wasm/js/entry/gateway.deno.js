// Deno: the module is read from beside the scripts.

import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const url = () => new URL("../../wasm/gateway.wasm", import.meta.url);
// Deno aborts the signal of a request also after a response without errors.
const signalOf = () => undefined;

export const createGateway = gatewayOver(new Engine(glue, url, Deno.readFileSync, server), signalOf);
export { B2Error } from "../errors.js";
