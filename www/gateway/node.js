// The gateway in Node: `node node.js`.

import { createGateway } from "b2-wasm/gateway";
import { createNodeServer } from "b2-wasm/gateway/node";
import { options } from "./application.js";

const { env } = process;
createNodeServer(createGateway(options(env))).listen(Number(env.PORT ?? 8080));
