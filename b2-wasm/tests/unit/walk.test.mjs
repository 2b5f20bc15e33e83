import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { folderAt } from "../../js/folder/at.js";
import { folderOf } from "../../js/folder/of.js";
import { compareNames, temporaryName, walk } from "../../js/folder/walk.js";

const NAMES = ["a", "a.txt", "a/b", "a0", "\u00e9", "\ud7ff", "\ue000", "\uff5e", "\u{1f600}", "\u{1f601}/x"];

async function collected(pages) {
  const entries = [];
  for await (const page of pages) {
    entries.push(...page);
  }
  return entries;
}

async function within(run) {
  const root = await mkdtemp(join(tmpdir(), "walk-"));
  try {
    await run(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test("names are in the order of their UTF-8 bytes", () => {
  const bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  assert.deepEqual(NAMES.toReversed().sort(compareNames), NAMES);
  assert.deepEqual(NAMES.toReversed().sort(bytes), NAMES);
});

test("a large folder is read in several passes, in order", async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `f${String((i * 7919) % 1_000).padStart(4, "0")}`);
  let passes = 0;
  const list = async function* () {
    passes += 1;
    yield* names.map((name) => ({ name, kind: "file", at: name }));
  };
  for (const [sorted, expected] of [[10_000, 1], [1_000, 1], [300, 4], [1, 1_000]]) {
    passes = 0;
    const entries = await collected(walk("", { list, look: async () => ({ size: 1, modified: 2 }), sorted }));
    assert.deepEqual(entries.map(({ name }) => name), names.toSorted());
    assert.equal(passes, expected);
  }
});

test("a folder of a path: order, links, times, and files that appear when they are complete", () => within(async (root) => {
  const folder = folderAt(join(root, "root"));
  await mkdir(join(root, "root"));
  await mkdir(join(root, "outside"));
  for (const name of NAMES.filter((name) => name !== "a")) {
    const file = await folder.create(name);
    await file.write(0, new TextEncoder().encode(name));
    assert.equal(await stat(join(root, "root", name)).catch(({ code }) => code), "ENOENT");
    await file.close(1_234_567_890_123);
  }
  await symlink(join(root, "outside"), join(root, "root/link"));
  await writeFile(join(root, "root", temporaryName()), "unfinished");
  const entries = await collected(folder.entries());
  const files = entries.filter(({ skipped }) => skipped === undefined);
  assert.deepEqual(files.map(({ name }) => name), NAMES.filter((name) => name !== "a"));
  assert.deepEqual([...new Set(files.map(({ modified }) => modified))], [1_234_567_890_123]);
  assert.deepEqual(entries.filter(({ skipped }) => skipped), [{ name: "link", skipped: "symlink" }]);
  const wanted = await collected(folder.entries((name) => name !== "a/" && name !== "a0"));
  assert.ok(!wanted.some(({ name }) => name === "a/b" || name === "a0"));

  const opened = await folder.open("a/b");
  assert.deepEqual([await opened.text(), opened.lastModified], ["a/b", 1_234_567_890_123]);
  const aborted = await folder.create("a/b");
  await aborted.write(0, new Uint8Array(9));
  await aborted.abort();
  assert.equal(await readFile(join(root, "root/a/b"), "utf8"), "a/b");
  await folder.remove("a/b");
  await folder.remove("a/b");
  await folder.remove("no/such/folder");
  for (const name of ["../x", "a/../../x", "link/x", "", "/x", "a//b", "\u00e9/x"]) {
    await assert.rejects(folder.create(name), name);
  }
  await assert.rejects(folder.create("link"), /a link/);
  await assert.rejects(collected(folderAt(join(root, "nothing")).entries()), { code: "ENOENT" });
}));

test("a list of chosen files, and what no folder is", async () => {
  const chosen = NAMES.map((name) => Object.assign(new File([name], name.split("/").at(-1), { lastModified: 5 }),
    { webkitRelativePath: `top/${name}` }));
  const folder = folderOf(chosen.toReversed());
  const entries = await collected(folder.entries());
  assert.deepEqual(entries.map(({ name }) => name), NAMES);
  assert.deepEqual(entries[0], { name: "a", size: 1, modified: 5 });
  assert.equal(await (await folder.open("a/b")).text(), "a/b");
  await assert.rejects(folder.open("other"), /no file 'other'/);
  for (const wrong of [undefined, "path", 5, {}, [1]]) {
    assert.throws(() => folderOf(wrong), { kind: "InvalidInput" });
  }
});

/** A dropped entry, as browsers have them: a folder gives its entries a few at a time. */
function entryOf(name, content) {
  if (typeof content === "string") {
    return { name, isFile: true, isDirectory: false, file: (found) => found(new File([content], name, { lastModified: 7 })) };
  }
  const entries = Object.entries(content).map(([name, content]) => entryOf(name, content));
  return {
    name, isFile: false, isDirectory: true,
    createReader() {
      const left = [...entries];
      return { readEntries: (found) => found(left.splice(0, 2)) };
    },
    getFile(path, _, found, failed) {
      const [first, ...rest] = path.split("/");
      const entry = entries.find((entry) => entry.name === first);
      if (entry === undefined) {
        failed(new DOMException("no such file", "NotFoundError"));
      } else if (rest.length > 0) {
        entry.getFile(rest.join("/"), {}, found, failed);
      } else {
        found(entry);
      }
    },
  };
}

test("dropped items: a folder is the root, several items are in it", async () => {
  const item = (name, content) => ({ kind: "file", webkitGetAsEntry: () => entryOf(name, content) });
  const text = { kind: "string", webkitGetAsEntry: () => null };
  const tree = { "b.txt": "1", b: { c: { d: "2" } }, a: "3" };
  for (const [items, prefix] of [[[item("top", tree)], ""], [[item("top", tree), text, item("one", "4")], "top/"]]) {
    const folder = folderOf({ items });
    const entries = await collected(folder.entries());
    const expected = ["a", "b.txt", "b/c/d"].map((name) => prefix + name);
    assert.deepEqual(entries.map(({ name }) => name), prefix === "" ? expected : ["one", ...expected]);
    assert.equal(await (await folder.open(`${prefix}b/c/d`)).text(), "2");
    await assert.rejects(async () => folder.open(`${prefix}no`));
  }
});
