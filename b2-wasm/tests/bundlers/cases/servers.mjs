// Node, Deno and Bun, without a bundler, and the bundler of Bun.

import { readdirSync } from "node:fs";

/** The program of Bun, which is in the package for the platform. */
const bun = (place) => {
  const [platform] = readdirSync(place.tool("@oven"));
  return place.tool(`@oven/${platform}/bin/bun`);
};

export default {
  async "Node, ES modules"(place) {
    await place.succeeds(process.execPath, "server.js");
  },
  async "Node, require"(place) {
    place.write("server.cjs", `
      const { B2, B2Error } = require("b2-wasm");
      const { createGateway } = require("b2-wasm/gateway");
      const { createNodeServer } = require("b2-wasm/gateway/node");
      const { folderAt } = require("b2-wasm/sync");
      const upload = require("b2-wasm/upload");
      const { Uploads } = require("b2-wasm/uploads");
      const slim = require("b2-wasm/slim");

      for (const value of [B2Error, createNodeServer, folderAt, upload.B2, Uploads, slim.init]) {
        if (typeof value !== "function") throw new TypeError("an export is missing");
      }
      import("./check.js").then(({ asServer, print }) => print((config) => asServer({ B2, createGateway }, config)));`);
    await place.succeeds(process.execPath, "server.cjs");
  },
  async "Node, slim, inline"(place) {
    place.write("server.js", `
      import { readFile } from "node:fs/promises";
      import { fileURLToPath } from "node:url";
      import { B2, init } from "b2-wasm/slim";
      import { createGateway } from "b2-wasm/gateway/inline";
      import { asServer, print } from "./check.js";

      print(async (config) => {
        await init(readFile(fileURLToPath(import.meta.resolve("b2-wasm/wasm/full.wasm"))));
        await asServer({ B2, createGateway }, config);
      });`);
    await place.succeeds(process.execPath, "server.js");
  },
  async "Deno"(place) {
    await place.succeeds(place.tool(".bin/deno"), "run", "--allow-all", "--node-modules-dir=manual", "server.js");
  },
  async "Bun"(place) {
    await place.succeeds(bun(place), "run", "server.js");
  },
  async "Bun, bundled"(place) {
    await place.run(bun(place), ["build", "--target=bun", "--outdir=dist", "server.js"]);
    place.remove("node_modules");
    await place.succeeds(bun(place), "run", "dist/server.js");
  },
};
