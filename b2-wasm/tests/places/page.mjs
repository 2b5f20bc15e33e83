// The tests in a page, without a bundler. Its server prints the results, and hosts the gateway at another origin.

import * as full from "/package/js/entry/full.web.js";
import { createGateway } from "/package/js/entry/gateway.web.js";
import * as sync from "/package/js/entry/sync.web.js";
import * as upload from "/package/js/entry/upload.web.js";
import * as lists from "/package/js/uploads.js";
import { run } from "/conformance.mjs";

const say = (line) => fetch("/say", { method: "POST", body: line });

addEventListener("error", (event) => say(`FAIL  ${event.message}`));
const { keyId, key, gateway } = await (await fetch("/account")).json();
const account = { realm: location.origin, keyId, key };

/** Creates a file in the page's own file system, which the page can change. */
async function files(bytes) {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(`file ${Math.random()}`, { create: true });
  const write = async (data) => {
    const writing = await handle.createWritable();
    await writing.write(data);
    await writing.close();
  };
  await write(bytes);
  return { blob: await handle.getFile(), handle, change: () => write("other"), remove: () => handle.remove() };
}

/** Creates a folder in the page's own file system, to synchronize with. Times cannot be set there. */
async function folders() {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(`sync ${Math.random()}`, { create: true });
  const folder = sync.folderOf(root);
  return {
    folder,
    async put(name, text) {
      const file = await folder.create(name, text.length);
      await file.write(0, new TextEncoder().encode(text));
      await file.close();
    },
    text: async (name) => (await folder.open(name)).text(),
    async names() {
      const names = async (handle, path) => {
        const found = [];
        for await (const [name, child] of handle.entries()) {
          found.push(...(child.kind === "directory" ? await names(child, `${path}${name}/`) : [path + name]));
        }
        return found;
      };
      return names(root, "");
    },
  };
}

/**
 * Drops files and folders of the disk, `{ name, text }` with a path as the name, on the page. Resolves to the folder of the drop,
 * and to the handle of the first item.
 */
async function drop(files, modified) {
  addEventListener("dragover", (event) => event.preventDefault());
  const dropped = new Promise((resolve, reject) => addEventListener("drop", (event) => {
    event.preventDefault();
    try {
      const { items } = event.dataTransfer;
      resolve(Promise.all([sync.folderOf(event.dataTransfer), items[0].getAsFileSystemHandle()]));
    } catch (error) {
      reject(error);
    }
  }, { once: true }));
  const answer = await fetch("/drop", { method: "POST", body: JSON.stringify({ files, modified }) });
  if (!answer.ok) {
    throw new Error(await answer.text());
  }
  const [folder, handle] = await dropped;
  return { folder, handle };
}

/** Tests a page whose Content-Security-Policy blocks WebAssembly. */
async function blocked() {
  const answer = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }));
  document.body.append(Object.assign(document.createElement("iframe"), { src: "/blocked.html" }));
  const kind = await answer;
  await say(`${kind === "WasmBlocked" ? "ok   " : "FAIL "} WebAssembly that is not allowed: ${kind}`);
  return kind === "WasmBlocked";
}

const place = {
  where: "Chromium", full, sync, upload, lists, createGateway, gateway, account, page: true, streams: false, files,
  folders, drop,
};
const passed = await run(place, say);
const good = (await blocked()) && passed;
await fetch("/done", { method: "POST", body: String(good) });
