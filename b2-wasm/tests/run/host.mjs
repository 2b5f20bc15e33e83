// The tests in b2-wasm/tests/host.rs, in Chromium, and their server.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { browse } from "./browser.mjs";

const PLACES = join(dirname(fileURLToPath(import.meta.url)), "../places");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const LIMIT = 120_000;

export async function host({ tests }) {
  let ended;
  const outcome = new Promise((resolve) => {
    ended = resolve;
  });
  let aborted = 0;
  const answers = {
    "/echo": (body, request, response) =>
      response.writeHead(200, { "x-length": body.length, "x-word": request.headers["x-word"] ?? "" }).end(body),
    "/open": (_, __, response) => response.writeHead(200, { "access-control-allow-origin": "*" }).end("open"),
    "/status/503": (_, __, response) => response.writeHead(503, { "retry-after": "7" }).end("busy"),
    "/never": (_, request) => request.socket.on("close", () => {
      aborted += Number(request.url.endsWith("counted"));
    }),
    "/cut": (_, request) => request.socket.destroy(),
    "/half": (_, request, response) => {
      response.writeHead(200, { "content-length": 10 }).write("half", () => setTimeout(() => request.socket.destroy(), 50));
    },
    "/slow": (_, __, response) => response.writeHead(200, { "content-length": 10 }).write("slow"),
    "/aborted": (_, __, response) => setTimeout(() => response.end(String(aborted)), 20),
    "/said": (body, _, response) => {
      response.end();
      const { good, text } = JSON.parse(body);
      console.log(text.trim());
      ended(good);
    },
  };
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://page").pathname);
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    if (path in answers) {
      return answers[path](Buffer.concat(chunks), request, response);
    }
    const file = path.startsWith("/tests/") ? join(tests, path.slice("/tests/".length)) : join(PLACES, path);
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" }).end(bytes);
  });
  await new Promise((listening) => server.listen(0, listening));
  const failed = (message) => ended(console.error(`host: ${message}`) ?? false);
  const { close } = browse(`http://127.0.0.1:${server.address().port}/host.html`, failed);
  const late = setTimeout(() => failed("it takes too long"), LIMIT);
  const good = await outcome;
  clearTimeout(late);
  await close();
  server.closeAllConnections();
  server.close();
  return good;
}
