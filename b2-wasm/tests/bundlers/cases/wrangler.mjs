// Wrangler: what it would deploy, and the worker in workerd on this machine.

import { existsSync, readdirSync } from "node:fs";

/** Wrangler needs a newer Node than the package does. */
const node = (place) => {
  const [own] = process.versions.node.split(".");
  const name = readdirSync(place.tools).find((name) => /^node-[a-z]+-/.test(name) && existsSync(place.tool(`${name}/bin/node`)));
  return own >= 22 || name === undefined ? process.execPath : place.tool(`${name}/bin/node`);
};

export default {
  async "Wrangler"(place) {
    place.write("worker.js", `
      import { B2 } from "b2-wasm";
      import { createGateway } from "b2-wasm/gateway";
      import { asServer } from "./check.js";

      export default {
        async fetch(request, { CONFIG }) {
          const outcome = await asServer({ B2, createGateway }, JSON.parse(CONFIG)).then(() => "ok", (error) => error.stack);
          return new Response(outcome);
        },
      };`);
    place.write("wrangler.json", JSON.stringify({
      name: "case", main: "worker.js", compatibility_date: "2025-09-01", vars: { CONFIG: JSON.stringify(place.config) },
    }));
    const wrangler = place.tool("wrangler/bin/wrangler.js");
    await place.run(node(place), [wrangler, "deploy", "--dry-run", "--outdir", "dist"]);
    const modules = readdirSync(`${place.folder}/dist`).filter((name) => name.endsWith(".wasm"));
    if (modules.length !== 2) {
      throw new Error(`the deployment has the modules ${modules}`);
    }
    await place.serve(node(place), [wrangler, "dev", "--ip", "127.0.0.1", "--port", String(place.port), "--show-interactive-dev-session=false"]);
    const outcome = await (await fetch(place.origin)).text();
    if (outcome !== "ok") {
      throw new Error(`${outcome}\n${place.printed()}`);
    }
  },
};
