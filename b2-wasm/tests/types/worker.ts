// Code of a Cloudflare Worker. It is compiled with the types of that platform, and not run.

import { B2 } from "b2-wasm";
import { createGateway } from "b2-wasm/gateway";
import { init } from "b2-wasm/slim";
import module from "b2-wasm/wasm/full.wasm";

interface Env {
  B2_KEY: string;
}

let gateway: ReturnType<typeof createGateway>;

export default {
  async fetch(request, env) {
    gateway ??= createGateway({ keyId: "id", key: env.B2_KEY, secret: "secret" });
    await init(module);
    if (request.body !== null && request.method === "PUT") {
      await new B2({ keyId: "id", key: env.B2_KEY }).bucket("my-photos").upload(request.body, { name: "a.bin" }).done;
    }
    return gateway(request);
  },
} satisfies ExportedHandler<Env>;
