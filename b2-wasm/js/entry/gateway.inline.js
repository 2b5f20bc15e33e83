// All runtimes, except those that do not compile bytes: the module is inside of the script.

import module from "../../wasm/gateway.wasm";
import { Engine } from "../engine.js";
import { gatewayHere } from "../gateway.js";
import { serverHere } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, module, undefined, serverHere());

export const createGateway = gatewayHere(engine);
export { B2Error } from "../errors.js";
