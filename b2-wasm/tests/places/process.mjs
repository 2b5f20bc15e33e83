// The tests in Node and Deno. The gateway runs in the same process.

import { appendFileSync, openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as full from "b2-wasm";
import { createGateway } from "b2-wasm/gateway";
import * as upload from "b2-wasm/upload";
import * as lists from "b2-wasm/uploads";
import { application } from "./application.mjs";
import { run } from "./conformance.mjs";

const [where, realm, keyId, key] = process.argv.slice(2);
const account = { realm, keyId, key };

async function host(handler) {
  if (globalThis.Deno) {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
    return { port: server.addr.port, stop: () => server.shutdown() };
  }
  const { createServer } = await import("node:http");
  const { toNodeListener } = await import("b2-wasm/gateway/node");
  const server = createServer(toNodeListener(handler));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { port: server.address().port, stop: () => server.close() };
}

/** Creates a file in the folder that is removed at the end. Deno reads the whole file at once, so it cannot change there. */
async function files(bytes) {
  const path = join(await mkdtemp("file-"), "file");
  await writeFile(path, bytes);
  return { blob: await openAsBlob(path), change: () => appendFileSync(path, "more"), remove: () => rm(path) };
}

const { port, stop } = await host(application(createGateway, account));
const gateway = `http://127.0.0.1:${port}`;
const good = await run({
  where, full, upload, lists, createGateway, gateway, account, page: false,
  streams: where === "Node", files: where === "Node" ? files : undefined,
}, console.log);
await stop();
process.exitCode = good ? 0 : 1;
