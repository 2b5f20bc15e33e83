// Elsewhere: the module is fetched from beside the scripts.

import { Engine, compiled } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import * as glue from "../../wasm/gateway.js";

const module = await compiled(await fetch(new URL("../../wasm/gateway.wasm", import.meta.url)));

export const createGateway = gatewayOver(new Engine(glue, () => module));
export { B2Error } from "../errors.js";
