// The gateway in Deno: `deno run --allow-net --allow-env --allow-read deno.js`.

import { createGateway } from "b2-wasm/gateway";
import { options } from "./application.js";

const env = Deno.env.toObject();
Deno.serve({ port: Number(env.PORT ?? 8080) }, createGateway(options(env)));
