// All runtimes: `init` is given the module.

import { Engine } from "../engine.js";
import { gatewayHere } from "../gateway.js";
import { fetchModule } from "../module.js";
import { serverHere } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const engine = new Engine(glue, undefined, fetchModule, serverHere());

/** Compiles the module: its URL, bytes, a `WebAssembly.Module` or a `Response`. Await it before anything else. */
export const init = (module) => engine.init(module);
export const createGateway = gatewayHere(engine);
export { B2Error } from "../errors.js";
