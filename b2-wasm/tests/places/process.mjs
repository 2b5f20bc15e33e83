// The tests in Node and Deno. The gateway runs in the same process.

import { appendFileSync, createReadStream, createWriteStream, openAsBlob } from "node:fs";
import { mkdir, mkdtemp, open, readFile, readdir, realpath, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import * as full from "b2-wasm";
import { createGateway } from "b2-wasm/gateway";
import * as sync from "b2-wasm/sync";
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

/** Files in the folder that is removed at the end, and the ways in which Node opens them. */
const disk = {
  async create(bytes, name, modified = Date.now()) {
    const path = join(await mkdtemp("disk-"), name);
    await writeFile(path, bytes);
    await utimes(path, (modified + 0.01) / 1000, (modified + 0.01) / 1000);
    return path;
  },
  async link(path) {
    const link = join(await mkdtemp("disk-"), basename(path));
    await symlink(await realpath(path), link);
    return link;
  },
  url: (path) => pathToFileURL(path),
  folder: (path) => dirname(path),
  open,
  read: (path) => readFile(path),
  names: (path) => readdir(dirname(path)),
  modified: async (path) => Math.floor((await stat(path)).mtimeMs),
  readable: (path) => createReadStream(path),
  writable(path) {
    const stream = createWriteStream(path);
    return { stream, finished: finished(stream) };
  },
};

/** Creates a folder to synchronize with, in the folder that is removed at the end. */
async function folders() {
  const root = await mkdtemp("sync-");
  return {
    folder: sync.folderAt(root),
    async put(name, text, modified) {
      const path = join(root, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      await utimes(path, (modified + 0.01) / 1000, (modified + 0.01) / 1000);
    },
    text: (name) => readFile(join(root, name), "utf8"),
    async names() {
      const names = async (path) => {
        const found = [];
        for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
          const name = `${path}${entry.name}`;
          found.push(...(entry.isDirectory() ? await names(`${name}/`) : [name]));
        }
        return found;
      };
      return names("");
    },
  };
}

const { port, stop } = await host(application(createGateway, account));
const gateway = `http://127.0.0.1:${port}`;
const good = await run({
  where, full, sync, upload, lists, folders, createGateway, gateway, account, page: false, disk,
  streams: where === "Node", files: where === "Node" ? files : undefined,
}, console.log);
await stop();
// The process ends by itself, since nothing is left running.
process.exitCode = good ? 0 : 1;
