// The edge runtime of Next and Vercel: it has compiled the module, which it imports by a name of its own; bytes must not be compiled.

import module from "../../wasm/gateway.wasm?module";
import { Engine } from "../engine.js";
import { discard, gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const signalOf = (request) => request.signal;

// workerd closes a connection whose request body was not read, and the response is lost.
export const createGateway = gatewayOver(new Engine(glue, module, undefined, server), signalOf, discard);
export { B2Error } from "../errors.js";
