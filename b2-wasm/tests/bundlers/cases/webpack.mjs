// webpack, with the settings it has by default.

import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

async function build(place, options) {
  const { default: webpack } = await import(pathToFileURL(place.tool("webpack/lib/index.js")));
  const built = await promisify(webpack)({ mode: "production", context: place.folder, ...options });
  if (built.hasErrors()) {
    throw new Error(built.toString());
  }
}

export default {
  async "webpack"(place) {
    await build(place, { entry: "./page.js", output: { path: `${place.folder}/dist`, filename: "js/page.js" } });
    place.write("dist/index.html", '<!doctype html><script src="/js/page.js"></script>');
    await place.files("dist");
    await place.visit();
  },
  async "webpack for Node"(place) {
    await build(place, { target: "node", entry: "./server.js", output: { path: `${place.folder}/dist`, filename: "server.cjs" } });
    place.remove("node_modules");
    await place.succeeds(process.execPath, "dist/server.cjs");
  },
};
