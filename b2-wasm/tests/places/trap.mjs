// A trap ends one instance: its running operations fail, and the next call gets a new instance.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [source, realm, keyId, key] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${source}/${path}`));
const { clientOver } = await load("js/b2.js");
const { Engine } = await load("js/engine.js");
const glue = await load("wasm/full.js");

const PART = 5_000_000;

const engine = new Engine(glue, `${source}/wasm/full.wasm`, readFile);
const B2 = clientOver(engine);
const b2 = await B2.authorize({ realm, keyId, key });

/** Exceptions that no code catches, which would end the process. */
const unheard = [];
process.on("uncaughtException", (error) => unheard.push(error));
process.on("unhandledRejection", (error) => unheard.push(error));

const tests = {
  "a trap in a call": async () => {
    const failures = [];
    const going = b2.listBuckets().catch((error) => failures.push(error.kind));
    await new Promise((resolve) => setTimeout(resolve));
    try {
      engine.call(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
    } catch (error) {
      failures.push(error.kind);
    }
    await going;
    return failures.join() === "Internal,Internal";
  },
  "a panic in a task": async () => {
    const name = `trap-${Date.now()}`;
    await b2.createBucket(name);
    const upload = () => b2.bucket(name).upload(new Blob([new Uint8Array(2 * PART)]), {
      name: "file", partSize: PART, concurrency: 1,
    });
    const first = upload();
    await new Promise((accepted) => {
      first.onprogress = (progress) => progress.accepted > 0 && accepted();
    });
    await first.cancel();
    // The part at B2 is compared with the file. The module does not expect a SHA-1 of this length.
    crypto.subtle.digest = async () => new ArrayBuffer(1);
    const failed = await upload().done.catch((error) => error);
    delete crypto.subtle.digest;
    return failed.kind === "Internal" && unheard.length === 0;
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  const { generation } = engine;
  const good = await test() && engine.generation === generation + 1 && Array.isArray(await b2.listBuckets());
  console.log(`${good ? "ok   " : "FAIL "} ${name}`);
  failed += Number(!good);
}
console.log(`trap: ${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
