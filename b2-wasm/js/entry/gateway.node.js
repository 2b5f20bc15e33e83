// Node: the module is read from beside the scripts.

import { readFileSync } from "node:fs";
import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/gateway.js";

runIn(server);

export const createGateway = gatewayOver(new Engine(glue, () => readFileSync(new URL("../../wasm/gateway.wasm", import.meta.url))));
export { B2Error } from "../errors.js";
