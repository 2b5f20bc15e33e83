// The tests in workerd, as in Cloudflare Workers. The same worker hosts the gateway below a path.

import * as full from "./package/js/entry/full.workerd.js";
import { createGateway } from "./package/js/entry/gateway.workerd.js";
import * as sync from "./package/js/entry/sync.workerd.js";
import * as upload from "./package/js/entry/upload.workerd.js";
import { application } from "./application.mjs";
import * as lists from "./package/js/uploads.js";
import { run } from "./conformance.mjs";

// Workers cannot use the clock or randomness while a module is loaded.
createGateway({ keyId: "id", key: "key", secret: new Uint8Array(32) });

let handler;

export default {
  async fetch(request) {
    const { origin, pathname } = new URL(request.url);
    if (pathname.startsWith("/gateway/")) {
      return handler(request);
    }
    const account = await request.json();
    handler = application(createGateway, account);
    const lines = [];
    const place = {
      where: "workerd", full, sync, upload, lists, createGateway, gateway: `${origin}/gateway`, account, page: false,
      streams: true,
    };
    const good = await run(place, (line) => lines.push(line));
    return new Response(lines.join("\n"), { status: good ? 200 : 500 });
  },
};
