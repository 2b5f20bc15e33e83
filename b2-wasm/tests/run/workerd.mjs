// A worker in workerd, the runtime of Cloudflare Workers.

import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const LIMIT = 120_000;

/** The scripts that run in each runtime. */
export const SCRIPTS = ["application.mjs", "arguments.mjs", "check.mjs", "conformance.mjs", "copies.mjs", "protection.mjs", "sources.mjs", "stores.mjs", "sync.mjs", "uploads.mjs", "visitors.mjs"];

/** Starts a worker of these scripts in the folder, and of the package. */
export function start({ folder, modules, tools }, scripts, { more = [], bindings = {} } = {}) {
  const files = scripts.map((name) => ({ name, from: name }));
  for (const part of ["js", "wasm"]) {
    for (const entry of readdirSync(join(modules, part), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        const from = join(entry.parentPath, entry.name);
        files.push({ from: relative(folder, from), name: `package/${relative(modules, from)}` });
      }
    }
  }
  const list = files.map(({ name, from }) =>
    `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${from}")`).concat(more);
  const env = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  writeFileSync(join(folder, "workerd.capnp"), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "2025-09-01", modules = [${list.join(",\n")}], bindings = [${env}],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`);
  const worker = spawn(join(tools, ".bin/workerd"), ["serve", "workerd.capnp"], {
    cwd: folder, stdio: "inherit", detached: true,
  });
  // The program is a script that starts another one.
  return { port, stop: () => process.kill(-worker.pid) };
}

export async function workerd({ account, ...place }) {
  const { port, stop } = start(place, ["worker.mjs", ...SCRIPTS]);
  try {
    for (let attempt = 0; ; attempt += 1) {
      await wait(200);
      try {
        const answer = await fetch(`http://127.0.0.1:${port}`, {
          method: "POST", body: JSON.stringify(account), signal: AbortSignal.timeout(LIMIT),
        });
        console.log(await answer.text());
        return answer.ok;
      } catch (error) {
        if (attempt === 50 || error.name === "TimeoutError") {
          console.error(`workerd: ${error.message}`);
          return false;
        }
      }
    }
  } finally {
    stop();
  }
}
