// The examples for pages, and what visitors see of them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, equal } from "../check.mjs";

/** Checks that the file of `places/examples.mjs` is at B2. */
async function isStored({ admin, page }, name) {
  equal((await admin.digest(name)).sha1, await page.evaluate("sha1"));
}

/**
 * The examples by phrases that select them: `before` and `after` surround their code in the page, and `test` runs in Node, and
 * is given what `withPage` has, when the code has run.
 */
export const VISITS = [
  {
    phrase: "const upload = b2.bucket(\"app-media\").upload(file, {\n  name: `u/${user.id}/${file.name}`,\n",
    after: "Object.assign(globalThis, { version });",
    test: async (given) => {
      await isStored(given, "u/1/film.mp4");
      equal(await given.page.evaluate("[version.fileName, bar.value]"), ["u/1/film.mp4", 1]);
    },
  },
  {
    phrase: "new CheckpointStore()",
    after: "Object.assign(globalThis, { left: await checkpoints.list() });",
    test: async (given) => {
      await isStored(given, "u/1/film.mp4");
      equal(await given.page.evaluate("[left.length, bar.value]"), [0, 1]);
    },
  },
  {
    phrase: "new Uploads({",
    before: `
      import { B2 } from "b2-wasm/upload";
      const b2 = new B2({ realm: "https://app.example/b2", credential: currentSession });`,
    test: async (given) => {
      await given.page.until("shown.at(-1)?.[1] === 'done'");
      await isStored(given, "u/1/film.mp4");
      equal(await given.page.evaluate("offered.length"), 0);
    },
  },
  {
    phrase: "visitors/42/",
    test: (given) => isStored(given, "visitors/42/film.mp4"),
  },
  {
    phrase: "new IndexedDbStore()",
    after: `
      await b2.bucket("app-media").ls().all();
      const stored = await new IndexedDbStore().load();
      Object.assign(globalThis, { stored: stored.includes("app-media") });`,
    test: async ({ page }) => check(await page.evaluate("stored"), "the account is not stored"),
  },
  {
    phrase: "showSaveFilePicker()",
    before: `
      import { B2 } from "b2-wasm";
      const bucket = new B2({ realm: "https://app.example/b2", credential: currentSession }).bucket("app-media");
      await bucket.upload(file, { name: "u/1/film.mp4" }).done;`,
    after: `
      const sums = [await sha1Of(await (await showSaveFilePicker()).getFile()), await sha1Of(await (await fetch(link)).blob())];
      Object.assign(globalThis, { sums });`,
    test: async ({ page }) => {
      const [first, second, expected] = await page.evaluate("[...sums, sha1]");
      equal([first, second], [expected, expected]);
    },
  },
  {
    phrase: "folderOf(",
    test: async ({ page, admin, folder }) => {
      const dropped = join(folder, "winter");
      mkdirSync(join(dropped, "alps"), { recursive: true });
      writeFileSync(join(dropped, "a.txt"), "a");
      writeFileSync(join(dropped, "alps/b.txt"), "b");
      await page.drop([dropped]);
      await page.until("bar.value === 1");
      await page.until("logged.length === 1");
      equal(await page.evaluate("logged[0].uploaded"), 2);
      const names = (await admin.files()).map(({ fileName }) => fileName).filter((name) => name.includes("album"));
      equal(names, ["u/1/album/a.txt", "u/1/album/alps/b.txt"]);
    },
  },
  {
    phrase: "b2-wasm/wasm/full.wasm",
    after: `
      const b2 = new B2({ realm: "https://app.example/b2", credential: currentSession });
      await b2.bucket("app-media").upload(file, { name: "u/1/film.mp4" }).done;`,
    test: (given) => isStored(given, "u/1/film.mp4"),
  },
];
