// Deno: the module is read from beside the scripts.

import { Engine } from "../engine.js";
import { gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/gateway.js";

runIn(server);

export const createGateway = gatewayOver(
  new Engine(glue, () => Deno.readFileSync(new URL("../../wasm/gateway.wasm", import.meta.url))),
  // Deno says that it aborts this also when all went well.
  () => undefined);
export { B2Error } from "../errors.js";
