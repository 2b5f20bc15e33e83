// Loading modules: what is accepted, and what errors say.

import { equal, ok, rejects, throws } from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { runInNewContext } from "node:vm";
import { compile, compileNow, fetchModule } from "../../js/module.js";

/** An empty module. */
const MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
/** A module with a section that is longer than what follows. */
const TRUNCATED = Uint8Array.of(...MODULE, 1, 100, 1);

const ANSWERS = {
  "/module.wasm": [200, "application/wasm", MODULE],
  "/untyped.wasm": [200, "text/plain", MODULE],
  "/page.wasm": [200, "text/html", "<!doctype html><title>the application</title>"],
  "/typed-page.wasm": [200, "application/wasm", "<!doctype html><title>the application</title>"],
  "/truncated.wasm": [200, "application/wasm", TRUNCATED],
  "/truncated-untyped.wasm": [200, "application/octet-stream", TRUNCATED],
  "/failed.wasm": [503, "text/plain", "later"],
  "/node_modules/b2-wasm/wasm/upload.wasm": [200, "application/wasm", MODULE],
};

let server;
let origin;

before(async () => {
  server = createServer(({ url }, response) => {
    const [status, type, body] = ANSWERS[url] ?? [404, "text/html", "<!doctype html>"];
    response.writeHead(status, { "content-type": type }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const load = (path) => compile(() => new URL(path, origin), fetchModule);

test("all forms of a module", async () => {
  const module = new WebAssembly.Module(MODULE);
  for (const form of [module, MODULE, MODULE.buffer, Promise.resolve(MODULE), () => MODULE, `${origin}/module.wasm`,
    new URL("/module.wasm", origin), fetch(`${origin}/module.wasm`)]) {
    ok(await compile(form, fetchModule) instanceof WebAssembly.Module);
  }
  ok(await load("/untyped.wasm") instanceof WebAssembly.Module, "the type of the content does not matter");
  equal(compileNow(module), module);
  ok(compileNow(() => new URL("file:///x.wasm"), () => MODULE) instanceof WebAssembly.Module);
});

test("a module of another realm, as in the edge runtime of Next", async () => {
  const foreign = () => runInNewContext("new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))");
  ok(!(foreign() instanceof WebAssembly.Module));
  ok((await compile(foreign())) instanceof WebAssembly.Module);
  const module = compileNow(foreign());
  ok(module instanceof WebAssembly.Module);
  ok(new WebAssembly.Instance(module));
});

test("a module beside scripts that Vite has moved", async () => {
  ok(await load("/node_modules/wasm/upload.wasm") instanceof WebAssembly.Module);
});

test("errors name the URL, the status and what to do", async () => {
  for (const [path, status, retryable, type] of [
    ["/missing.wasm", 404, false, "text/html"],
    ["/page.wasm", 200, false, "text/html"],
    ["/typed-page.wasm", 200, false, "application/wasm"],
    ["/truncated.wasm", 200, false, "application/wasm"],
    ["/truncated-untyped.wasm", 200, false, "application/octet-stream"],
    ["/failed.wasm", 503, true, "text/plain"],
  ]) {
    await rejects(load(path), (error) => {
      equal([error.name, error.kind, error.status, error.retryable].join(), ["B2Error", "WasmUnavailable", status, retryable].join());
      for (const part of [`${origin}${path}`, `status ${status}`, type, "optimizeDeps.exclude", "/slim", "/inline"]) {
        ok(error.message.includes(part), `'${error.message}' does not name ${part}`);
      }
      return true;
    });
  }
});

test("a server that cannot be reached", async () => {
  await rejects(compile("http://127.0.0.1:9/upload.wasm", fetchModule), (error) =>
    error.kind === "WasmUnavailable" && error.retryable && error.message.includes("http://127.0.0.1:9/upload.wasm"));
});

test("a file that cannot be read", async () => {
  const read = () => {
    throw Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
  };
  const url = new URL("file:///dist/wasm/full.wasm");
  const named = (error) => error.kind === "WasmUnavailable" && !error.retryable && error.message.includes(url.href);
  await rejects(compile(() => url, async () => read()), named);
  throws(() => compileNow(() => url, read), named);
  throws(() => compileNow(() => url, () => TRUNCATED), named);
});

test("scripts without a URL, and other values", async () => {
  for (const given of [() => new URL("../../wasm/full.wasm", undefined), { default: "x" }, 7, null]) {
    await rejects(compile(given, fetchModule), (error) => error.kind === "WasmUnavailable" && error.message.includes("that was given"));
  }
});
