// In a page, without a bundler. What it says goes to whoever serves it, who also hosts the gateway, at another origin.

import * as full from "/package/js/entry/full.web.js";
import { createGateway } from "/package/js/entry/gateway.web.js";
import * as upload from "/package/js/entry/upload.web.js";
import * as lists from "/package/js/uploads.js";
import { run } from "/conformance.mjs";

const say = (line) => fetch("/say", { method: "POST", body: line });

addEventListener("error", (event) => say(`FAIL  ${event.message}`));
const { keyId, key, gateway } = await (await fetch("/account")).json();
const account = { realm: location.origin, keyId, key };
const good = await run({ where: "Chromium", full, upload, lists, createGateway, gateway, account, page: true }, say);
await fetch("/done", { method: "POST", body: String(good) });
