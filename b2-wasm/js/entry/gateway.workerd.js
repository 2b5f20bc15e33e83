// Workers: the platform has compiled the module; bytes may not be compiled there.

import module from "../../wasm/gateway.wasm";
import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import * as glue from "../../wasm/gateway.js";

export const createGateway = gatewayOver(new Engine(glue, () => module));
export { B2Error } from "../errors.js";
