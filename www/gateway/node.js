// The gateway in Node: `node node.js`.

import { createServer } from "node:http";
import { createGateway } from "b2-wasm/gateway";
import { toNodeListener } from "b2-wasm/gateway/node";
import { options } from "./application.js";

const { env } = process;
createServer(toNodeListener(createGateway(options(env)))).listen(Number(env.PORT ?? 8080));
