// The examples for Node and Deno, and what surrounds their code in a program.

const KEYS = "const { B2_KEY_ID: keyId, B2_KEY: key } = process.env;";
const EQUAL = 'import { equal } from "node:assert/strict";';
/** The client, for examples that do not create it. */
const CLIENT = `
  import { B2 } from "b2-wasm";
  ${KEYS}
  const b2 = await B2.authorize({ keyId, key });
  const bucket = b2.bucket("my-photos");`;

/**
 * Programs that end. A `phrase` selects the example, `before` and `after` surround it, `files` (with their sizes) and `input`
 * are what it reads, and `prints` is what it prints.
 */
export const PROGRAMS = [
  {
    phrase: "greetings/hello.txt",
    prints: "greetings/hello.txt\nhello\n",
  },
  {
    phrase: "process.stdin",
    before: `${EQUAL}
      import { readFile } from "node:fs/promises";
      import { createServer } from "node:http";
      const site = createServer((_, response) => response.end("<p>a page"));
      await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
      const url = \`http://127.0.0.1:\${site.address().port}\`;
      ${CLIENT}`,
    after: `
      const movie = await readFile("movie.mp4");
      equal(movie.compare(new Uint8Array(await response.arrayBuffer())), 0);
      equal(movie.compare(await readFile("copy.mp4")), 0);
      equal(await (await bucket.download("log.txt")).text(), "lines of a log");
      equal(await (await bucket.download("page.html")).text(), "<p>a page");
      site.closeAllConnections();
      site.close();`,
    files: { "movie.mp4": 12_345_678 },
    input: "lines of a log",
  },
  {
    phrase: "SSE-C",
    before: `${EQUAL}
      ${CLIENT}
      const encryptionKey = crypto.getRandomValues(new Uint8Array(32));
      const file = new File(["in confidence"], "report.txt");`,
    after: `
      equal(await (await bucket.download("copy")).text(), "in confidence");
      const now = await b2.getFileInfo(locked.fileId);
      equal(JSON.stringify([now.legalHold, now.fileRetention.mode]), '["off",null]');
      equal((await bucket.getNotificationRules())[0].name, "uploads");`,
  },
  {
    phrase: "bucket.concatenate(",
    before: `${EQUAL}
      ${CLIENT}
      const head = new Blob(["a new head"]);
      await bucket.upload({ content: "x".repeat(100) }, { name: "today.log" }).done;`,
    after: `
      const texts = {};
      for await (const { fileName } of bucket.ls({ recursive: true })) {
        texts[fileName] = await (await bucket.download(fileName)).text();
      }
      const x = (count) => "x".repeat(count);
      equal(texts["archive/moved.log"], x(100));
      equal(texts["today.log"], x(100) + "one more line\\n");
      equal(texts["patched.log"], "a new head" + x(90));
      equal(Object.keys(texts).length, 3);`,
  },
  {
    phrase: "folderAt(",
    before: `${EQUAL}
      import { readFile } from "node:fs/promises";
      ${KEYS}`,
    after: `
      for (const name of ["a.jpg", "winter/b.jpg"]) {
        equal((await readFile(\`copy/\${name}\`)).compare(await readFile(\`photos/\${name}\`)), 0);
      }`,
    files: { "photos/a.jpg": 1_000, "photos/winter/b.jpg": 70_000 },
    prints: "2 0\n",
  },
];

/** The grant of a visitor with the session "the session of ada". */
const GRANT = `{
  owner: "ada", bucket: "app-media", prefix: "u/ada/", lifetime: 900,
  upload: { maxBytes: 1e9, types: ["image/*"], names: "unique" }, list: true,
}`;

/** Gateways, as programs that Deno runs with these arguments. */
export const GATEWAYS = [
  {
    phrase: "Deno.serve(",
    args: ["run"],
    before: 'const userOfSession = async (session) => (session === "the session of ada" ? { id: "ada" } : null);',
  },
  {
    phrase: "export default { fetch: createGateway(",
    args: ["serve", "--host=127.0.0.1"],
    before: `
      const { B2_KEY_ID: keyId, B2_KEY: key, GATEWAY_SECRET: secret } = process.env;
      const grantOf = async (request) =>
        atob(request.headers.get("authorization").slice(6)) === "visitor:the session of ada" ? ${GRANT} : null;`,
  },
];
