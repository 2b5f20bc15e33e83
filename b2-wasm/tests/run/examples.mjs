// Runs the examples of the pages: the commands of `b2` in Bash, programs in Node and Deno, gateways, and pages in Chromium. Each
// example in JavaScript must run, here or in another test.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { check, equal } from "../check.mjs";
import { commands } from "../examples/commands.mjs";
import { PAGES, exampleWith, examplesOf, nameOf } from "../examples/pages.mjs";
import { GATEWAYS, PROGRAMS } from "../examples/programs.mjs";
import { VISITS } from "../examples/visits.mjs";
import { bundle, withPage } from "./bundled.mjs";

const PLACES = join(dirname(fileURLToPath(import.meta.url)), "../places");
/** How long a program may take, in milliseconds. It must end by itself. */
const LIMIT = 60_000;
/** What selects the examples that the tests `testing`, `uppy` and `react` run. */
const ELSEWHERE = ['from "node:test"', "B2Uppy", "useUploadsProgress("];

/** The realm of the simulated service, in code that uses B2's. */
function withRealm(code, realm) {
  return code.replaceAll(/\b((?:B2\.authorize|new B2|createGateway)\(\{)(?=\s*keyId)/g, `$1 realm: ${JSON.stringify(realm)},`);
}

/** A service with the bucket of the examples, and the project in which they run. */
async function prepared({ folder: root, modules, simulator }, name, { before = "", after = "", phrase }, bucket) {
  const service = simulator();
  const account = await service.account;
  const { B2 } = await import(pathToFileURL(join(modules, "js/entry/full.node.js")));
  const admin = await B2.authorize(account);
  const { bucketId } = await admin.createBucket(bucket, { fileLockEnabled: true });
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const { code } = exampleWith(phrase);
  writeFileSync(join(folder, "example.js"), withRealm(`${before}\n${code}\n${after}`, account.realm));
  const key = await admin.createKey("example", {
    capabilities: ["writeFiles", "listFiles", "readFiles", "shareFiles"], bucketIds: [bucketId],
  });
  return { account, key, folder, B2, stop: service.stop };
}

/** Runs a program to its end. */
function ended(command, args, { input = "", ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, timeout: LIMIT, detached: true });
    let [out, all] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stdout.on("data", (text) => (all += text));
    child.stderr.on("data", (text) => (all += text));
    child.on("error", reject);
    child.on("close", (code, signal) => code === 0 ? resolve(out) : reject(new Error(signal ? `it does not end: ${all}` : all)));
    child.stdin.end(input);
  });
}

async function program(place, runtime, example, name) {
  const { account, folder, stop } = await prepared(place, name, example, "my-photos");
  for (const [path, size] of Object.entries(example.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.alloc(size, path));
  }
  const [command, ...args] = runtime;
  const env = { ...process.env, NO_COLOR: "1", B2_KEY_ID: account.keyId, B2_KEY: account.key };
  try {
    const printed = await ended(command, [...args, "example.js"], { cwd: folder, env, input: example.input });
    equal(printed, example.prints ?? "");
  } finally {
    stop();
  }
}

/** A port that is free now. */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function gateway(place, deno, { args: [command, ...options], ...example }, name) {
  const { account, key, folder, B2, stop } = await prepared(place, name, example, "app-media");
  const port = await freePort();
  const [program, ...rest] = deno(command);
  const host = spawn(program, [...rest, ...options, ...(command === "serve" ? [`--port=${port}`] : []), "example.js"], {
    cwd: folder, detached: true, stdio: ["ignore", "ignore", "inherit"], env: {
      ...process.env, DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`, B2_KEY_ID: key.applicationKeyId, B2_KEY: key.applicationKey,
      GATEWAY_SECRET: "fourty random characters, for all hosts.",
    },
  });
  try {
    const realm = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + LIMIT; !(await fetch(realm).then(({ status }) => status === 404, () => false)); await wait(50)) {
      check(Date.now() < end, "it does not answer");
    }
    const visitor = (credential) => new B2({ realm, credential, retryTimeout: 10_000 });
    const files = visitor("the session of ada").bucket("app-media");
    await files.upload({ content: "a picture" }, { name: "u/ada/a.png", contentType: "image/png" }).done;
    const [{ fileName, size }] = await files.ls({ path: "u/ada", recursive: true }).all();
    check(/^u\/ada\/\w+\/a\.png$/.test(fileName), fileName);
    equal(size, 9);
    const refused = await visitor("another session").bucket("app-media").ls().all().catch(({ kind }) => kind);
    equal(refused, "WrongKey");
  } finally {
    process.kill(-host.pid);
    stop();
  }
}

/** Builds the examples for pages, and visits them. */
async function visits({ folder: root, tools, ...place }) {
  const folder = join(root, "visits");
  mkdirSync(folder);
  copyFileSync(join(PLACES, "examples.mjs"), join(folder, "examples.mjs"));
  const tests = {};
  const scripts = ["examples.mjs"];
  for (const { phrase, before = "", after = "", test } of VISITS) {
    const example = exampleWith(phrase);
    const name = nameOf(example);
    const code = `${before}\n${example.code}\n${after}`.replaceAll(/"https:\/\/(app\.example\/b2|b2\.app\.example)"/g, "gateway");
    writeFileSync(join(folder, `${name}.js`), code);
    scripts.push(`${name}.js`);
    tests[name] = async (given) => {
      await given.page.open(`?${name}`);
      await given.page.evaluate(`import("/js/entry/${name}.js").then(() => {})`);
      await test(given);
    };
  }
  bundle(folder, tools, scripts, "--loader:.wasm=file");
  return withPage({ folder, ...place }, "examples", tests, { types: ["video/*", "b2/x-auto"] });
}

/** The examples that no test runs. */
function missing() {
  const selected = [...PROGRAMS, ...GATEWAYS, ...VISITS].map(({ phrase }) => phrase);
  const run = new Set([...selected, ...ELSEWHERE].map((phrase) => nameOf(exampleWith(phrase))));
  return PAGES.flatMap((page) => examplesOf(page, "jsx?", "tsx?")).map(nameOf).filter((name) => !run.has(name));
}

export async function examples(place) {
  const { failures, passed: inBash } = await commands(place);
  failures.push(...missing().map((name) => `no test runs the example ${name}`));
  let passed = inBash;
  const run = async (name, test) => {
    try {
      await test(name.replaceAll(/\W+/g, "-"));
      passed += 1;
    } catch (error) {
      failures.push(`${name}: ${error?.stack ?? error}`);
    }
  };
  const deno = (command) => [join(place.tools, ".bin/deno"), command, "--allow-all", "--node-modules-dir=manual"];
  for (const [runtime, start] of Object.entries({ Node: [process.execPath], Deno: deno("run") })) {
    for (const example of PROGRAMS) {
      await run(`${nameOf(exampleWith(example.phrase))} in ${runtime}`, (name) => program(place, start, example, name));
    }
  }
  for (const example of GATEWAYS) {
    await run(nameOf(exampleWith(example.phrase)), (name) => gateway(place, deno, example, name));
  }
  const visited = await visits(place);
  failures.forEach((failure) => console.log(`FAIL  ${failure}`));
  console.log(`examples: ${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && visited;
}
