// A page that esbuild has bundled, in Chromium, with a gateway and a simulated service of its own.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { application } from "../application.mjs";
import { ROOT } from "../examples/pages.mjs";
import { browse } from "./browser.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
const LIMIT = 120_000;
/** The bucket of the examples. */
const BUCKET = "app-media";
const PREFIX = "u/1/";

/** Makes packages of the tools available to a project. */
export function link(folder, tools, packages) {
  for (const [name, source] of Object.entries(packages)) {
    const path = join(folder, "node_modules", name);
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(join(tools, source), path);
    }
  }
}

/** Bundles scripts of a project to its folder `site/js/entry`, from where the package finds its modules in `site/wasm`. */
export function bundle(folder, tools, scripts, ...options) {
  execFileSync(process.execPath, [
    join(tools, "esbuild/bin/esbuild"), ...scripts, "--bundle", "--splitting", "--format=esm", "--outdir=site/js/entry",
    "--jsx=automatic", "--define:process.env.NODE_ENV=\"development\"", "--log-level=error", ...options,
  ], { cwd: folder, stdio: "inherit" });
}

/**
 * Runs tests of the page with the bundled script `where`. The tests are functions by name, which are given what they need,
 * `markup` is the HTML in which the script renders, and `types` are more content types that visitors may upload. Resolves to
 * whether all have passed.
 */
export async function withPage({ folder, modules, simulator }, where, tests, { markup = "", types = [] } = {}) {
  const service = simulator("--control");
  const account = await service.account;
  const admin = await administrator(account);
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  let config;
  async function serve(request, response) {
    const { pathname, search } = new URL(request.url, "http://page");
    if (pathname === "/config") {
      return response.end(JSON.stringify(config));
    }
    if (pathname === "/") {
      const script = `/js/entry/${search === "?readme" ? "readme" : where}`;
      response.writeHead(200, { "content-type": "text/html" });
      return response.end(`<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
        <link rel="stylesheet" href="${script}.css"><div id="main">${markup}</div><script type="module" src="${script}.js"></script>`);
    }
    const path = normalize(pathname);
    const file = path.startsWith("/wasm/") ? join(modules, path) : join(folder, "site", path);
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" }).end(bytes);
  }
  const listen = async (some) => {
    await new Promise((listening) => some.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${some.address().port}`;
  };
  const origin = await listen(server);
  const { createGateway } = await import(pathToFileURL(join(modules, "js/entry/gateway.node.js")));
  const { toNodeListener } = await import(pathToFileURL(join(modules, "js/node.js")));
  const visitors = createServer(toNodeListener(application(createGateway, account, [origin])));
  const bucketId = await admin.createBucket(BUCKET, origin);
  const grant = {
    owner: "1", bucket: BUCKET, bucketId, prefix: PREFIX, lifetime: 3_600, list: true, download: true,
    upload: { maxBytes: 1e9, types: ["text/plain", "image/*", "application/*", ...types], names: "asGiven" },
  };
  config = { gateway: await listen(visitors), credential: JSON.stringify(grant), bucket: BUCKET, folder: PREFIX };
  const page = browse(origin, (error) => console.error(`${where}: ${error.message}`));
  const given = { page: actions(page, origin), admin, sim: control(account.realm), config, folder };
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(given);
      console.log(`ok    ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}: ${error?.stack ?? error}`);
    }
    await given.sim.noFaults();
    await page.throttle(-1);
  }
  await page.close();
  for (const over of [server, visitors]) {
    over.closeAllConnections();
    over.close();
  }
  service.stop();
  console.log(`${where}: ${Object.keys(tests).length - failed} passed, ${failed} failed`);
  return failed === 0;
}

/** Returns the ID of a file at B2. An ID of the gateway contains it: `version.data.signature`. */
export function idAtB2(fileId) {
  if (fileId.startsWith("4_")) {
    return fileId;
  }
  const [, data] = fileId.split(".");
  return JSON.parse(Buffer.from(data, "base64url").toString()).i;
}

/** Waits until a function resolves to true. */
export async function eventually(ready, what) {
  for (const end = Date.now() + LIMIT; !(await ready()); await wait(20)) {
    if (Date.now() > end) {
      throw new Error(`too late: ${what}`);
    }
  }
}

/** What tests do in the page. */
function actions(page, origin) {
  const until = async (expression, what = expression) => {
    const end = Date.now() + LIMIT;
    for (;;) {
      // A page that is being loaded has no context.
      const value = await page.evaluate(`(${expression})`).catch((error) => error);
      if (value && !(value instanceof Error)) {
        return value;
      }
      if (Date.now() > end) {
        const text = await page.evaluate("document.body.innerText.slice(0, 500)");
        throw new Error(`too late: ${what} is ${value}; the page shows: ${text}`);
      }
      await wait(20);
    }
  };
  const button = (selector) => `[...document.querySelectorAll(${JSON.stringify(selector)})].find((it) => it.offsetParent)`;
  return {
    ...page,
    until,
    /** Opens the page with a query and waits until its script has run. */
    async open(query = "") {
      await page.evaluate("globalThis.ready = false");
      await page.open(`${origin}/${query}`);
      await until("globalThis.ready === true", "the page is ready");
    },
    async choose(selector, paths) {
      await until(`document.querySelector(${JSON.stringify(selector)}) !== null`, selector);
      await page.choose(selector, paths);
    },
    /** Clicks on what a selector finds, when it is shown. */
    async click(selector) {
      await until(`${button(selector)} !== undefined`, selector);
      await page.evaluate(`${button(selector)}.click()`);
    },
  };
}

/** The control endpoint of the simulated service. */
function control(realm) {
  const ask = async (method, path, body) => {
    const answer = await fetch(`${realm}/sim/${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) {
      throw new Error(await answer.text());
    }
    return answer.json();
  };
  return {
    faults: (faults) => ask("POST", "faults", faults),
    noFaults: () => ask("DELETE", "faults"),
    requests: async (operation) => (await ask("GET", operation ? `requests?operation=${operation}` : "requests")).requests,
    forget: () => ask("DELETE", "requests"),
  };
}

/** The account's owner. */
async function administrator({ realm, keyId, key }) {
  const basic = `Basic ${Buffer.from(`${keyId}:${key}`).toString("base64")}`;
  const call = async (url, authorization, body) => {
    const answer = await fetch(url, { method: body ? "POST" : "GET", headers: { authorization }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${url}: ${text}`);
    }
    return JSON.parse(text);
  };
  const account = await call(`${realm}/b2api/v4/b2_authorize_account`, basic);
  const { apiUrl, downloadUrl } = account.apiInfo.storageApi;
  const api = (name, body) => call(`${apiUrl}/b2api/v4/${name}`, account.authorizationToken, body);
  let bucketId;
  return {
    async createBucket(bucketName, origin) {
      const rules = JSON.parse(readFileSync(join(ROOT, "www/gateway/cors.json"), "utf8"));
      const corsRules = rules.map((rule) => ({ ...rule, allowedOrigins: [origin] }));
      ({ bucketId } = await api("b2_create_bucket", {
        accountId: account.accountId, bucketName, bucketType: "allPrivate", corsRules,
      }));
      return bucketId;
    },
    /** Returns the SHA-1 and the length of a file. */
    async digest(name) {
      const path = name.split("/").map(encodeURIComponent).join("/");
      const answer = await fetch(`${downloadUrl}/file/${BUCKET}/${path}`, { headers: { authorization: account.authorizationToken } });
      const hash = createHash("sha1");
      let length = 0;
      for await (const chunk of answer.body) {
        hash.update(chunk);
        length += chunk.length;
      }
      return answer.ok ? { sha1: hash.digest("hex"), length } : { status: answer.status };
    },
    async files() {
      return (await api("b2_list_file_versions", { bucketId, maxFileCount: 10_000 })).files
        .filter(({ action }) => action === "upload");
    },
    /** Lists the unfinished large files of a test, whose names start with its name. */
    async unfinished(name) {
      return (await api("b2_list_unfinished_large_files", { bucketId, namePrefix: PREFIX + name })).files;
    },
  };
}
