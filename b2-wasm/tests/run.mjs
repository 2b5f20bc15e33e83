// Packs the package, installs it into an empty project, and runs the named tests: the conformance tests in node, deno,
// workerd and chromium; `types` compiles code against the types, `trap` ends an instance of the module, `testing` runs the
// example of b2-sim/TESTING.md and `examples` those of other pages, `hosts` tests those of www/gateway, `uppy` and `react` test
// the package in pages of these frameworks, `host` tests the host in Rust, and `bundlers` builds programs in each toolchain.
// Needs the simulated service as a program.
//
//   node b2-wasm/tests/run.mjs --package target/npm --source target/npm-build/source \
//     --simulator target/debug/examples/serve --tools target/npm-tools/node_modules node chromium

import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundlers } from "./run/bundlers.mjs";
import { chromium } from "./run/chromium.mjs";
import { examples } from "./run/examples.mjs";
import { host } from "./run/host.mjs";
import { hosts } from "./run/hosts.mjs";
import { react } from "./run/react.mjs";
import { simulator } from "./run/simulator.mjs";
import { testing } from "./run/testing.mjs";
import { trap } from "./run/trap.mjs";
import { types } from "./run/types.mjs";
import { uppy } from "./run/uppy.mjs";
import { SCRIPTS, workerd } from "./run/workerd.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: "string" }, source: { type: "string" }, simulator: { type: "string" }, host: { type: "string" },
    tools: { type: "string" }, bundlers: { type: "string" }, only: { type: "string", multiple: true },
    b2: { type: "string" },
  },
});

/** Creates an empty project with the package, as npm packs and installs it. */
function project(packed) {
  const folder = mkdtempSync(join(tmpdir(), "b2-wasm-"));
  const npm = (...args) => execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [{ filename }] = JSON.parse(npm("pack", "--json", resolve(packed)));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm("install", "--no-audit", "--no-fund", join(folder, filename));
  for (const name of ["process.mjs", "script.mjs", "page.html", "page.mjs", "blocked.html", "blocked.mjs", "tab.html", "tab.mjs", "worker.mjs"]) {
    copyFileSync(join(HERE, "places", name), join(folder, name));
  }
  for (const name of SCRIPTS) {
    copyFileSync(join(HERE, name), join(folder, name));
  }
  return folder;
}

/** How long a process may take, in milliseconds: it must end by itself. An idle connection is given up after two minutes. */
const LIMITS = { "process.mjs": 300_000, "script.mjs": 60_000 };

/** Runs the tests in a process, and a script as users write it. */
function inProcess(where, command, ...args) {
  const ends = ({ folder, account: { realm, keyId, key } }, script, ...given) => new Promise((done) => {
    const child = spawn(command, [...args, join(folder, script), ...given, realm, keyId, key], { cwd: folder, stdio: "inherit" });
    const late = setTimeout(() => {
      console.error(`${where}: ${script} does not end`);
      child.kill("SIGKILL");
    }, LIMITS[script]);
    const over = (good) => {
      clearTimeout(late);
      done(good);
    };
    child.on("error", (error) => over(console.error(`${where}: ${error.message}`) ?? false));
    child.on("exit", (code) => over(code === 0));
  });
  return async (place) => {
    const tested = await ends(place, "process.mjs", where);
    return (await ends(place, "script.mjs")) && tested;
  };
}

const places = {
  node: inProcess("Node", process.execPath),
  deno: inProcess("Deno", join(values.tools ?? "", ".bin/deno"), "run", "--allow-all", "--node-modules-dir=manual"),
  workerd,
  chromium,
  types,
  trap,
  testing,
  examples: (place) => examples({ ...place, b2: resolve(values.b2) }),
  hosts,
  uppy,
  react,
  bundlers: (place) => bundlers({ ...place, bundlers: values.bundlers, only: values.only }),
  host: () => host({ tests: values.host }),
};

const service = simulator(values.simulator);
const folder = project(values.package);
let good = true;
try {
  const account = await service.account;
  for (const name of positionals.length > 0 ? positionals : ["node"]) {
    const modules = join(folder, "node_modules/b2-wasm");
    good = (await places[name]({
      folder, account, modules, source: values.source, tools: resolve(values.tools ?? ""),
      simulator: (...options) => simulator(values.simulator, ...options),
    })) && good;
  }
} finally {
  service.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = good ? 0 : 1;
