// Workers: the platform has compiled the module; bytes must not be compiled there.

import module from "../../wasm/gateway.wasm";
import { Engine } from "../engine.js";
import { discard, gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const signalOf = (request) => request.signal;

// workerd closes a connection whose request body was not read, and the response is lost.
export const createGateway = gatewayOver(new Engine(glue, module, undefined, server), signalOf, discard);
export { B2Error } from "../errors.js";
