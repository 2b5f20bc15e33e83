// A worker in workerd, the runtime of Cloudflare Workers.

import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const LIMIT = 60_000;

export async function workerd({ folder, account, modules, tools }) {
  const files = ["worker.mjs", "conformance.mjs", "uploads.mjs"].map((name) => ({ name, from: name }));
  for (const part of ["js", "wasm"]) {
    for (const entry of readdirSync(join(modules, part), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        const from = relative(folder, join(entry.parentPath, entry.name));
        files.push({ from, name: `package/${relative(modules, join(folder, from))}` });
      }
    }
  }
  const list = files.map(({ name, from }) =>
    `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${from}")`);
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  writeFileSync(join(folder, "workerd.capnp"), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (compatibilityDate = "2025-09-01", modules = [${list.join(",\n")}])),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`);
  const worker = spawn(join(tools, ".bin/workerd"), ["serve", "workerd.capnp"], {
    cwd: folder, stdio: "inherit", detached: true,
  });
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
    // The program is a script that starts another one.
    process.kill(-worker.pid);
  }
}
