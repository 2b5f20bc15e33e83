// The tests in Chromium. B2 answers pages on upload URLs, and on download URLs with download authorizations only. The
// server of the page forwards all other calls, and removes the capability to read files, as a gateway does.

import { mkdir, mkdtemp, readFile, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { application } from "../application.mjs";
import { browse } from "./browser.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const LIMIT = 180_000;

export async function chromium({ folder, account, modules }) {
  let ended;
  const good = new Promise((resolve) => {
    ended = resolve;
  });
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  async function serve(request, response) {
    const path = normalize(new URL(request.url, "http://page").pathname);
    if (path.startsWith("/b2api/")) {
      return forward(request, response);
    }
    if (request.method === "POST") {
      const text = (await bodyOf(request)).toString();
      if (path === "/drop") {
        await browser.drop(await made(folder, JSON.parse(text)));
        return response.end();
      }
      response.end();
      return path === "/say" ? console.log(text) : ended(text === "true");
    }
    if (path === "/account") {
      return response.end(JSON.stringify({ ...account, gateway: visitors.url }));
    }
    const file = path.startsWith("/package/") ? join(modules, path.slice("/package/".length)) : join(folder, path);
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" }).end(bytes);
  }
  async function forward(request, response) {
    const { host, origin, connection, ...headers } = request.headers;
    const body = request.method === "POST" ? await bodyOf(request) : undefined;
    const answer = await fetch(account.realm + request.url, { method: request.method, headers, body });
    const { "transfer-encoding": _, ...fields } = Object.fromEntries(answer.headers);
    if (request.url.endsWith("b2_authorize_account")) {
      // Calls are sent to this server; uploads and downloads are not.
      const here = `http://127.0.0.1:${server.address().port}`;
      const text = (await answer.text()).replace(/("apiUrl": *)"[^"]*"/g, `$1"${here}"`)
        .replace(/"readFiles" *, */, "");
      response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
      return;
    }
    response.writeHead(answer.status, fields);
    // The page may close the connection before the end.
    await pipeline(Readable.fromWeb(answer.body ?? new Blob().stream()), response).catch(() => {});
  }
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const visitors = await hosted(modules, account, `http://127.0.0.1:${server.address().port}`);
  const failed = (error) => ended(console.error(`chromium: ${error.message}`) ?? false);
  const browser = browse(`http://127.0.0.1:${server.address().port}/page.html`, failed);
  const late = setTimeout(() => ended(console.error("Chromium: it takes too long") ?? false), LIMIT);
  const outcome = await good;
  clearTimeout(late);
  await browser.close();
  for (const over of [server, visitors.server]) {
    over.closeAllConnections();
    over.close();
  }
  return outcome;
}

/** Starts the gateway for the page's visitors at its own origin. */
async function hosted(modules, account, origin) {
  const load = (path) => import(pathToFileURL(join(modules, "js", path)));
  const [{ createGateway }, { toNodeListener }] = [await load("entry/gateway.node.js"), await load("node.js")];
  const server = createServer(toNodeListener(application(createGateway, account, [origin])));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** Creates files, and the folders in which they are. Returns the paths of those at the top. */
async function made(folder, { files, modified }) {
  const root = await mkdtemp(join(folder, "dropped-"));
  for (const { name, text } of files) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await utimes(path, (modified + 0.01) / 1000, (modified + 0.01) / 1000);
  }
  return [...new Set(files.map(({ name }) => join(root, name.split("/")[0])))];
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
