// The hosts of the gateway in www/gateway, unchanged, with a key that has the capabilities which they document.

import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { equal, fails, pattern, sameBytes } from "../check.mjs";
import { crowd } from "./crowd.mjs";
import { strange } from "./strange.mjs";
import { start } from "./workerd.mjs";

const HOSTS = join(dirname(fileURLToPath(import.meta.url)), "../../../www/gateway");
const SESSION = "the session of visitor 4/2";
const PREFIX = "visitors/4%2F2/";

/** The application, which the host asks for the user of a session. */
async function application() {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === `Bearer ${SESSION}`;
    response.writeHead(known ? 200 : 401).end(known ? JSON.stringify({ id: "4/2" }) : "");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** Starts a host that is a program. */
function program(command, ...args) {
  return (place, env) => {
    // Below the range that the system uses for outgoing connections.
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const { PATH, HOME } = process.env;
    const child = spawn(command, args, {
      cwd: place.folder, stdio: "inherit", env: { PATH, HOME, ...env, PORT: String(port) }, detached: true,
    });
    // Some programs are scripts that start another one.
    return { port, stop: () => process.kill(-child.pid) };
  };
}

async function visit(port, { B2 }, bucket) {
  const realm = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await wait(200);
    if (await fetch(realm).then(({ status }) => status === 404, () => false)) {
      break;
    }
  }
  const big = pattern(12_345_678);
  const files = new B2({ realm, credential: () => SESSION, retryTimeout: 15_000 }).bucket(bucket);
  await files.upload({ content: "small" }, { name: `${PREFIX}small`, contentType: "image/png" }).done;
  await files.upload(new Blob([big]), { name: `${PREFIX}large`, contentType: "video/mp4" }).done;
  const seen = await files.ls({ path: PREFIX, recursive: true }).all();
  equal(seen.map(({ fileName, size }) => [fileName, size]), [[`${PREFIX}large`, big.length], [`${PREFIX}small`, 5]]);
  sameBytes(await (await files.download(`${PREFIX}large`)).arrayBuffer(), big);
  await fails("ContentTypeNotAllowed", files.upload({ content: "x" }, { name: `${PREFIX}x`, contentType: "text/html" }).done);
  await fails("WrongKey", B2.authorize({ realm, credential: "nobody", retryTimeout: 0 }));
}

export async function hosts({ account, ...place }) {
  const full = await import(pathToFileURL(join(place.modules, "js/entry/full.node.js")));
  cpSync(HOSTS, place.folder, { recursive: true, filter: (path) => !path.endsWith("package.json") });
  const app = await application();
  const admin = await full.B2.authorize(account);
  const bucket = `hosts-${Math.floor(Math.random() * 1e9)}`;
  const { bucketId } = await admin.createBucket(bucket);
  const key = await admin.createKey("gateway", {
    capabilities: ["writeFiles", "listFiles", "readFiles", "shareFiles"], bucketIds: [bucketId],
  });
  const env = {
    B2_REALM: account.realm, B2_KEY_ID: key.applicationKeyId, B2_KEY: key.applicationKey, B2_BUCKET: bucket,
    GATEWAY_SECRET: "fourty random characters, for all hosts.", SESSION_URL: app.url,
  };
  const shim = '(name = "b2-wasm/gateway", esModule = "export * from \\"../package/js/entry/gateway.workerd.js\\";")';
  const deno = join(place.tools, ".bin/deno");
  const all = {
    "node.js": program(process.execPath, "node.js"),
    "deno.js": program(deno, "run", "--allow-net", "--allow-env", "--allow-read", "--node-modules-dir=manual", "deno.js"),
    "worker.js": () => start(place, ["worker.js", "application.js"], { more: [shim], bindings: env }),
  };
  let failed = 0;
  for (const [name, begin] of Object.entries(all)) {
    const { port, stop } = begin(place, env);
    try {
      await visit(port, full, bucket);
      // workerd answers `CONNECT` itself if the worker has no handler for it.
      const attacks = await strange(port, { connects: name !== "worker.js" });
      // The host still runs.
      await visit(port, full, bucket);
      console.log(`ok    ${name}, ${attacks} strange requests refused`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}: ${error?.stack ?? error}`);
    } finally {
      stop();
    }
    for (const file of await admin.bucket(bucket).ls({ recursive: true, versions: true }).all()) {
      await admin.deleteFileVersion(file.fileName, file.fileId);
    }
  }
  try {
    console.log(`ok    a crowd: ${await crowd(place.modules, { ...account, keyId: key.applicationKeyId, key: key.applicationKey }, bucket, admin)}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  a crowd: ${error?.stack ?? error}`);
  }
  app.stop();
  console.log(`hosts: ${4 - failed} passed, ${failed} failed`);
  return failed === 0;
}
