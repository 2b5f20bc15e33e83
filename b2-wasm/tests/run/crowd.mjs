// Many hostile clients of a gateway in Node with short limits: all their connections are closed, memory is bounded, and a
// visitor can upload at the same time.

import { connect } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { equal, pattern, sameBytes } from "../check.mjs";

/** The number of clients of each kind. */
const EACH = 50;
/** How much the memory of the process may grow while clients without a token announce 50 bodies of 100 MB. */
const MEMORY = 150_000_000;
const SESSION = "the session";

/** Connects, sends this, and waits until the host closes the connection. Returns the status of the response. */
function hang(port, chunks) {
  return new Promise((ended) => {
    const socket = connect(port, "127.0.0.1");
    let got = "";
    socket.on("data", (data) => (got += data.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => ended(Number(/^HTTP\/1\.1 (\d+)/.exec(got)?.[1] ?? 0)));
    chunks.forEach((chunk) => socket.write(chunk));
  });
}

function upload(path, token, length) {
  return `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: ${token}\r\nx-bz-file-name: u/crowd\r\ncontent-type: image/png\r\n`
    + `x-bz-content-sha1: do_not_verify\r\ncontent-length: ${length}\r\n\r\n`;
}

/** Runs the test with the application's account and one of its buckets. */
export async function crowd(modules, account, bucket, admin) {
  const load = (path) => import(pathToFileURL(join(modules, "js", path)));
  const [{ createGateway }, { createNodeServer }, { B2 }] =
    [await load("entry/gateway.node.js"), await load("node.js"), await load("entry/full.node.js")];
  const grant = {
    owner: "ada", bucket, prefix: "u/", lifetime: 600, upload: { maxBytes: 50_000_000, types: ["image/png"] }, list: true,
  };
  const gateway = createGateway({
    ...account, secret: "fourty random characters, for all hosts.", limits: { bodyStall: 500, bodyTime: 5_000 },
    authorize: (_, { credential }) => (credential === SESSION ? grant : null),
  });
  const server = createNodeServer(gateway, { headTime: 1_000, answerTime: 1_000, connections: 1_000 });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  const realm = `http://127.0.0.1:${port}`;
  const visitor = await B2.authorize({ realm, credential: SESSION });
  const call = async (name, token, body) => (await fetch(`${realm}/b2api/v4/${name}`, {
    method: "POST", headers: { authorization: token }, body: JSON.stringify(body),
  })).json();
  const basic = { authorization: `Basic ${btoa(`visitor:${SESSION}`)}` };
  const { authorizationToken, apiInfo } = await (await fetch(`${realm}/b2api/v4/b2_authorize_account`, { headers: basic })).json();
  const [{ id }] = apiInfo.storageApi.allowed.buckets;
  const url = await call("b2_get_upload_url", authorizationToken, { bucketId: id });
  const path = new URL(url.uploadUrl).pathname;
  const some = Buffer.alloc(2_000_000, "x");
  const kinds = [
    [[0, 408], ["POST /b2api/v4/b2_list_parts HTTP/1.1\r\nhost: a\r\nx: "]],
    [[0, 401], [upload(path, "bogus", 100_000_000), some]],
    [[0, 401], [upload(path, "bogus", 1_000)]],
    [[408], [upload(path, url.authorizationToken, 4_000), "some bytes"]],
  ];
  const before = process.memoryUsage().rss;
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10);
  const ended = kinds.flatMap(([right, chunks]) => Array.from({ length: EACH }, async () => [right, await hang(port, chunks)]));
  const big = pattern(12_345_678);
  const files = visitor.bucket(bucket);
  await files.upload(new Blob([big]), { name: "u/large", contentType: "image/png" }).done;
  await files.upload({ content: "small" }, { name: "u/small", contentType: "image/png" }).done;
  for (const [right, status] of await Promise.all(ended)) {
    equal([right.includes(status), status], [true, status]);
  }
  clearInterval(watching);
  sameBytes(await (await admin.bucket(bucket).download("u/large")).arrayBuffer(), big);
  equal((await files.ls({ path: "u/", recursive: true }).all()).map(({ fileName }) => fileName), ["u/large", "u/small"]);
  equal([most - before < MEMORY, most - before], [true, most - before]);
  server.closeAllConnections();
  server.close();
  return `${ended.length} hostile clients ended, ${Math.round((most - before) / 1e6)} MB more`;
}
