// The gateway in Cloudflare Workers: `npx wrangler deploy`.

import { createGateway } from "b2-wasm/gateway";
import { options } from "./application.js";

let gateway;

export default {
  fetch(request, env) {
    gateway ??= createGateway(options(env));
    return gateway(request);
  },
};
