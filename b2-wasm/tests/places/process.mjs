// In Node and Deno.

import * as full from "b2-wasm";
import * as upload from "b2-wasm/upload";
import * as lists from "b2-wasm/uploads";
import { run } from "./conformance.mjs";

const [where, realm, keyId, key] = process.argv.slice(2);
const good = await run({ where, full, upload, lists, account: { realm, keyId, key }, page: false }, console.log);
process.exitCode = good ? 0 : 1;
