// Next: a client component, a server component, and the gateway as a route.

const FILES = {
  "app/layout.js": "export default ({ children }) => <html><body>{children}</body></html>;",
  "app/page.js": 'import Client from "./client.js";\nexport default () => <Client />;',
  "app/client.js": `"use client";
    import { B2 } from "b2-wasm";
    import { B2 as Uploader } from "b2-wasm/upload";
    import { useEffect } from "react";
    import { asVisitor, reportFrom } from "../check.js";

    export default function Client() {
      useEffect(() => {
        reportFrom((config) => asVisitor({ B2, Uploader }, config));
      }, []);
      return <p>a client component</p>;
    }`,
  "app/server/page.js": `
    import { B2 } from "b2-wasm";
    import { createGateway } from "b2-wasm/gateway";
    import { asServer } from "../../check.js";

    export const dynamic = "force-dynamic";

    export default async function Page() {
      const outcome = await asServer({ B2, createGateway }, JSON.parse(process.env.CONFIG)).then(() => "it works", (error) => error.stack);
      return <p>{outcome}</p>;
    }`,
  "app/b2/[...path]/route.js": `
    import { createGateway } from "b2-wasm/gateway";

    let gateway;
    const answer = (request) => {
      gateway ??= createGateway({
        ...JSON.parse(process.env.CONFIG).account,
        secret: "a secret of 32 bytes, for tests only",
        trustForwarded: true,
        authorize: (_, { credential }) => JSON.parse(credential),
      });
      return gateway(request);
    };

    export { answer as GET, answer as POST, answer as OPTIONS };`,
};

/** Builds an application of these files and starts it. */
async function start(place, files, ...options) {
  for (const [path, text] of Object.entries(files)) {
    place.write(path, text);
  }
  // The tools are above the folder of the application.
  place.write("next.config.mjs", `
    import { dirname } from "node:path";
    const root = dirname(dirname(import.meta.dirname));
    export default { turbopack: { root }, outputFileTracingRoot: root };`);
  const next = place.tool("next/dist/bin/next");
  await place.node(next, "build", ...options);
  await place.serve(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", String(place.port)]);
}

const cases = (name, ...options) => ({
  async [`Next, ${name}`](place) {
    await start(place, FILES, ...options);
    const page = await (await fetch(`${place.origin}/server`)).text();
    if (!page.includes("it works")) {
      throw new Error(`the server component: ${page}\n${place.printed()}`);
    }
    await place.visit("/", { realm: `${place.origin}/b2` });
  },
});

/** Next 16 with `--webpack` fails to build any route for the edge runtime, also without this package. */
const edge = {
  async "Next, edge runtime"(place) {
    const onEdge = (code) => `export const runtime = "edge";\n${code}`;
    const route = "app/b2/[...path]/route.js";
    await start(place, {
      ...FILES,
      [route]: onEdge(FILES[route]),
      "app/server/page.js": "export default () => null;",
      "app/check/route.js": onEdge(`
        import { B2 } from "b2-wasm";
        import { createGateway } from "b2-wasm/gateway";
        import { asServer } from "../../check.js";

        export async function GET() {
          const check = asServer({ B2, createGateway }, JSON.parse(process.env.CONFIG));
          return new Response(await check.then(() => "it works", (error) => error.stack));
        }`),
    });
    const answer = await (await fetch(`${place.origin}/check`)).text();
    if (answer !== "it works") {
      throw new Error(`${answer}\n${place.printed()}`);
    }
    await place.visit("/", { realm: `${place.origin}/b2` });
  },
};

export default { ...cases("Turbopack"), ...cases("webpack", "--webpack"), ...edge };
