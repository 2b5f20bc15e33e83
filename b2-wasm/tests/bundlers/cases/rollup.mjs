// Rollup, with the plugin that packages of npm need. It leaves files behind that scripts fetch: another plugin copies them.

const build = async (place, plugins, input, format = "es") => {
  place.write("rollup.config.js", `
    import resolve from "@rollup/plugin-node-resolve";
    import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";

    export default { input: "${input}", output: { dir: "dist", format: "${format}" }, plugins: [${plugins}] };`);
  await place.node(place.tool("rollup/dist/bin/rollup"), "--config");
  place.write("dist/index.html", `<!doctype html><script type="module" src="${input}"></script>`);
};

export default {
  async "Rollup"(place) {
    await build(place, "resolve({ browser: true }), importMetaAssets()", "page.js");
    await place.files("dist");
    await place.visit();
  },
  async "Rollup, inline"(place) {
    await build(place, "resolve({ browser: true })", "inline.js");
    await place.files("dist");
    await place.visit();
  },
};
