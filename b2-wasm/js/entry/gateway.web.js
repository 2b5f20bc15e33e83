// Other runtimes: the module is fetched from beside the scripts.

import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { compile, fetchModule } from "../module.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const module = await compile(new URL("../../wasm/gateway.wasm", import.meta.url), fetchModule);

export const createGateway = gatewayOver(new Engine(glue, module, undefined, server));
export { B2Error } from "../errors.js";
