// Other runtimes: the module is fetched from beside the scripts.

import { Engine, compiled } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { Gateway, Host, __wbg_reset_state, initSync, start } from "../../wasm/gateway.js";

const glue = { Gateway, Host, __wbg_reset_state, initSync, start };
const module = await compiled(await fetch(new URL("../../wasm/gateway.wasm", import.meta.url)));
const load = () => module;

export const createGateway = gatewayOver(new Engine(glue, load, server));
export { B2Error } from "../errors.js";
