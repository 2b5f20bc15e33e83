// In Node and Deno.

import { appendFileSync, openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as full from "b2-wasm";
import * as upload from "b2-wasm/upload";
import * as lists from "b2-wasm/uploads";
import { run } from "./conformance.mjs";

const [where, realm, keyId, key] = process.argv.slice(2);

/** A file on the disk. Deno reads it whole, so there it cannot change. */
async function files(bytes) {
  const path = join(await mkdtemp(join(tmpdir(), "b2-")), "file");
  await writeFile(path, bytes);
  return { blob: await openAsBlob(path), change: () => appendFileSync(path, "more"), remove: () => rm(path) };
}

const good = await run({
  where, full, upload, lists, account: { realm, keyId, key }, page: false,
  streams: where === "Node", files: where === "Node" ? files : undefined,
}, console.log);
process.exitCode = good ? 0 : 1;
