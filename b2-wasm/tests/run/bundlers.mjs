// Builds programs with the installed package in each toolchain, and runs them: pages in Chromium, others in their runtime.
// Every program uploads to the simulated service, downloads, and compares.

import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { application } from "../application.mjs";
import { browse } from "./browser.mjs";

const HERE = join(dirname(fileURLToPath(import.meta.url)), "../bundlers");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
/** How long a build and the check in a runtime may take, in milliseconds. */
const LIMIT = 420_000;
const PREFIX = "u/ada/";

async function listen(server) {
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server.address().port;
}

/** A port that is free now. All pages have it in turn, so that they have one origin. */
async function freePort() {
  const server = createServer();
  const port = await listen(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The account, the bucket and the gateway that the programs use. */
async function service(modules, account, origin) {
  const load = (path) => import(pathToFileURL(join(modules, "js", path)));
  const { B2 } = await load("entry/full.node.js");
  const { createGateway } = await load("entry/gateway.node.js");
  const { toNodeListener } = await load("node.js");
  const bucket = `bundlers-${Math.floor(Math.random() * 1e9)}`;
  const { bucketId } = await new B2(account).createBucket(bucket, {
    corsRules: [{
      corsRuleName: "bundlers", allowedOrigins: [origin], allowedHeaders: ["*"], maxAgeSeconds: 3600,
      allowedOperations: ["b2_upload_file", "b2_upload_part", "b2_download_file_by_name"],
      exposeHeaders: ["content-range", "x-bz-file-id", "x-bz-content-sha1", "x-bz-info-large_file_sha1"],
    }],
  });
  const server = createServer(toNodeListener(application(createGateway, account, [origin])));
  const realm = `http://127.0.0.1:${await listen(server)}`;
  const credential = JSON.stringify({
    owner: "ada", bucket, bucketId, prefix: PREFIX, lifetime: 600, list: true, download: true,
    upload: { maxBytes: 20_000_000, types: ["application/octet-stream"] },
  });
  return { config: { account, realm, bucket, credential, prefix: PREFIX }, stop: () => server.close() };
}

/** The folder of one case, and what it can do there. */
class Place {
  #stops = [];

  constructor(folder, { tools, config, port, reports }) {
    Object.assign(this, { folder, tools, config, port, reports, origin: `http://127.0.0.1:${port}` });
  }

  /** The path of a file of an installed tool. */
  tool(path) {
    return join(this.tools, path);
  }

  write(name, text) {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  remove(name) {
    rmSync(join(this.folder, name), { recursive: true });
  }

  #env(env) {
    return { ...process.env, NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false", CONFIG: JSON.stringify(this.config), ...env };
  }

  /** Runs a program to its end. Resolves to what it has printed. */
  async run(program, args, { env } = {}) {
    try {
      const { stdout, stderr } = await promisify(execFile)(program, args, {
        cwd: this.folder, timeout: LIMIT, maxBuffer: 1 << 24, env: this.#env(env),
      });
      return stdout + stderr;
    } catch (error) {
      throw new Error(`${program} ${args.join(" ")}: ${error.stdout ?? ""}${error.stderr ?? ""}${error.killed ? " (time limit)" : ""}`);
    }
  }

  /** Runs a script with Node. */
  node(script, ...args) {
    return this.run(process.execPath, [script, ...args]);
  }

  /** Runs a program that prints `ok`. */
  async succeeds(program, ...args) {
    const output = await this.run(program, args);
    if (!/^ok$/m.test(output)) {
      throw new Error(output);
    }
  }

  /** Starts a server at the port of the pages, and waits until it answers. */
  async serve(program, args, { env, path = "/" } = {}) {
    let output = "";
    const child = spawn(program, args, { cwd: this.folder, detached: true, env: this.#env(env) });
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    const gone = new Promise((exit) => child.once("exit", exit));
    this.#stops.push(async () => {
      try {
        process.kill(-child.pid);
      } catch {
        // It has ended.
      }
      await gone;
    });
    this.printed = () => output;
    for (const start = performance.now(); performance.now() - start < LIMIT; await wait(100)) {
      if (child.exitCode !== null) {
        throw new Error(`${program} has ended: ${output}`);
      }
      if (await fetch(this.origin + path).then(({ body }) => body?.cancel() ?? true, () => false) !== false) {
        return;
      }
    }
    throw new Error(`${program} does not answer: ${output}`);
  }

  /** Serves a folder at the port of the pages; `answer` can answer requests before. Other paths get the page, as of an application. */
  async files(path, answer = () => false) {
    const server = createServer((request, response) => {
      if (answer(request, response)) {
        return;
      }
      const { pathname } = new URL(request.url, this.origin);
      const file = join(this.folder, path, pathname === "/" ? "index.html" : pathname);
      const found = existsSync(file);
      response.writeHead(found ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" })
        .end(found ? readFileSync(file) : "");
    });
    await new Promise((listening) => server.listen(this.port, "127.0.0.1", listening));
    this.#stops.push(() => new Promise((closed) => {
      server.closeAllConnections();
      server.close(closed);
    }));
  }

  /** Opens the page, and returns what it reports. */
  async outcome(path = "/", changes = {}) {
    let failed;
    const failure = new Promise((_, reject) => {
      failed = reject;
    });
    const config = { ...this.config, ...changes, report: this.reports.url };
    const report = this.reports.next();
    const browser = browse(`${this.origin}${path}#${encodeURIComponent(JSON.stringify(config))}`, failed);
    const late = wait(LIMIT, undefined, { ref: false }).then(() => {
      throw new Error(`the page reports nothing: ${this.printed?.() ?? ""}`);
    });
    try {
      return await Promise.race([report, failure, late]);
    } finally {
      await browser.close();
    }
  }

  /** Opens the page, which reports success. */
  async visit(path, changes) {
    const outcome = await this.outcome(path, changes);
    if (outcome !== "ok") {
      throw new Error(`the page: ${outcome}`);
    }
  }

  async stop() {
    for (const stop of this.#stops.splice(0)) {
      await stop();
    }
  }
}

/** Receives what pages report. */
async function receiver() {
  let report;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    response.writeHead(200, { "access-control-allow-origin": "*" }).end();
    report?.(Buffer.concat(chunks).toString());
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  return { url, next: () => new Promise((received) => (report = received)), stop: () => server.close() };
}

export async function bundlers({ account, modules, bundlers: project, only }) {
  const tools = join(project, "node_modules");
  const port = await freePort();
  const reports = await receiver();
  const { config, stop } = await service(modules, account, `http://127.0.0.1:${port}`);
  const rows = [];
  const root = join(project, "cases");
  rmSync(root, { recursive: true, force: true });
  for (const file of readdirSync(join(HERE, "cases")).sort()) {
    const { default: cases } = await import(pathToFileURL(join(HERE, "cases", file)));
    for (const [name, run] of Object.entries(cases)) {
      if (only?.length && !only.some((word) => name.toLowerCase().includes(word.toLowerCase()))) {
        continue;
      }
      const folder = join(root, name.replaceAll(/\W+/g, "-"));
      cpSync(join(HERE, "app"), folder, { recursive: true });
      cpSync(modules, join(folder, "node_modules/b2-wasm"), { recursive: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "case", private: true, type: "module" }));
      const place = new Place(folder, { tools, config, port, reports });
      const begun = performance.now();
      let problem = "";
      try {
        await run(place);
      } catch (error) {
        problem = error?.stack ?? String(error);
      } finally {
        await place.stop();
      }
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      rows.push({ name, seconds, problem });
      console.log(`${problem ? "FAIL" : "ok  "}  ${name} (${seconds} s)${problem ? `\n${problem}` : ""}`);
    }
  }
  stop();
  reports.stop();
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`\n| ${"toolchain".padEnd(width)} | outcome | seconds |\n|${"-".repeat(width + 2)}|---------|--------:|`);
  for (const { name, seconds, problem } of rows) {
    console.log(`| ${name.padEnd(width)} | ${problem ? "FAILED " : "ok     "} | ${seconds.padStart(7)} |`);
  }
  const failed = rows.filter(({ problem }) => problem).length;
  console.log(`bundlers: ${rows.length - failed} passed, ${failed} failed`);
  return failed === 0;
}
