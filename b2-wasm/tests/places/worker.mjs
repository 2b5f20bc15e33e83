// In workerd, as in Cloudflare Workers.

import * as full from "./package/js/entry/full.workerd.js";
import * as upload from "./package/js/entry/upload.workerd.js";
import * as lists from "./package/js/uploads.js";
import { run } from "./conformance.mjs";

export default {
  async fetch(request) {
    const account = await request.json();
    const lines = [];
    const good = await run({ where: "workerd", full, upload, lists, account, page: false, streams: true }, (line) => lines.push(line));
    return new Response(lines.join("\n"), { status: good ? 200 : 500 });
  },
};
