// Workers: the platform has compiled the module; bytes may not be compiled there.

import module from "../../wasm/gateway.wasm";
import { Engine } from "../engine.js";
import { discard, gatewayOver } from "../gateway.js";
import { server } from "../platform/server.js";
import { runIn } from "../platform/transport.js";
import * as glue from "../../wasm/gateway.js";

runIn(server);

export const createGateway = gatewayOver(
  new Engine(glue, () => module),
  (request) => request.signal,
  // workerd ends a connection on which a body was left, and the refusal with it.
  discard);
export { B2Error } from "../errors.js";
