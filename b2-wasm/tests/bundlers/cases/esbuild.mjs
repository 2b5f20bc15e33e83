// esbuild leaves files behind that scripts fetch: `b2-wasm/slim` is given the module, `b2-wasm/inline` contains it.

const esbuild = (place, ...args) => place.node(place.tool("esbuild/bin/esbuild"), "--bundle", "--outdir=dist", ...args);

/** Checks what a program without its module says, on a server with these answers. */
async function leftBehind(place, answer, status) {
  await esbuild(place, "--format=esm", "page.js");
  place.write("dist/index.html", '<!doctype html><script type="module" src="page.js"></script>');
  await place.files("dist", answer);
  const outcome = await place.outcome();
  for (const part of ["WasmUnavailable", `${place.origin}/wasm/`, status, "/slim", "/inline"]) {
    if (!outcome.includes(part)) {
      throw new Error(`the error does not name ${part}: ${outcome}`);
    }
  }
}

export default {
  async "esbuild, slim"(place) {
    place.write("page.js", `
      import { B2, init } from "b2-wasm/slim";
      import full from "b2-wasm/wasm/full.wasm";
      import { B2 as Uploader, init as initUploads } from "b2-wasm/upload/slim";
      import upload from "b2-wasm/wasm/upload.wasm";
      import { asVisitor, reportFrom } from "./check.js";

      reportFrom(async (config) => {
        await init(new URL(full, import.meta.url));
        await initUploads(new URL(upload, import.meta.url));
        await asVisitor({ B2, Uploader }, config);
      });`);
    await esbuild(place, "--format=esm", "--loader:.wasm=file", "page.js");
    place.write("dist/index.html", '<!doctype html><script type="module" src="page.js"></script>');
    await place.files("dist");
    await place.visit();
  },
  async "esbuild, inline, one classic script"(place) {
    await esbuild(place, "--format=iife", "inline.js");
    place.write("dist/index.html", '<!doctype html><script src="inline.js"></script>');
    await place.files("dist");
    await place.visit();
  },
  async "esbuild, without the module"(place) {
    await leftBehind(place, () => false, "status 404");
  },
  async "esbuild, a page in place of the module"(place) {
    const answer = ({ url }, response) =>
      url.endsWith(".wasm") && response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    await leftBehind(place, answer, "status 200, text/html");
  },
  async "esbuild for Node"(place) {
    await esbuild(place, "--platform=node", "--format=esm", "server.js");
    await place.succeeds(process.execPath, "dist/server.js");
  },
  async "esbuild for Node, CommonJS"(place) {
    await esbuild(place, "--platform=node", "--format=cjs", "--out-extension:.js=.cjs", "server.js");
    await place.succeeds(process.execPath, "dist/server.cjs");
  },
};
