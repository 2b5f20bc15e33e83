// A trap ends an instance, and no more: what it had under way fails, and the next call gets another one.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [source, realm, keyId, key] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${source}/${path}`));
const { clientOver } = await load("js/b2.js");
const { Engine } = await load("js/engine.js");
const glue = await load("wasm/full.js");

const engine = new Engine(glue, () => readFile(`${source}/wasm/full.wasm`));
const B2 = clientOver(engine);
const b2 = await B2.authorize({ realm, keyId, key });
const failures = [];
const going = b2.listBuckets().catch((error) => failures.push(error.kind));
await Promise.resolve();
await new Promise((resolve) => setTimeout(resolve));
try {
  engine.call(() => {
    throw new WebAssembly.RuntimeError("unreachable");
  });
} catch (error) {
  failures.push(error.kind);
}
await going;
await b2.listBuckets();
const good = engine.generation === 2 && failures.join() === "Internal,Internal";
console.log(good ? "trap: 1 passed, 0 failed" : `trap: 0 passed, 1 failed (${engine.generation} ${failures})`);
process.exitCode = good ? 0 : 1;
