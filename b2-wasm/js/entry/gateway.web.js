// Elsewhere: the module is fetched from beside the scripts.

import { Engine, compiled } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/gateway.js";

runIn(server);

const module = await compiled(await fetch(new URL("../../wasm/gateway.wasm", import.meta.url)));

export const createGateway = gatewayOver(new Engine(glue, () => module));
export { B2Error } from "../errors.js";
