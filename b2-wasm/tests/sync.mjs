// Tests of synchronization, in each runtime. A place has folders: `folders()` resolves to a new one, as
// `{ folder, put(name, text, modified), text(name), names(), keepsTimes }`. Workers have none, and copy between buckets. A page
// can be dropped files on: `drop(files, modified)` resolves to `{ folder, handle }`.

import { check, equal, fails } from "./check.mjs";

/** Names in the order of their UTF-8 bytes; in that of UTF-16, the one with a surrogate pair is before U+FF5E. */
const NAMES = ["a.txt", "a/b/c.txt", "a/b0", "e\u0301", "\uff5e.txt", "\u{1f600}.txt"];
const TIME = 1_600_000_000_123;

/** The tests, in order. `gateway` is the URL of the application's gateway, which accepts any grant. */
export function syncTests({ sync, account, gateway, page, folders, drop }, corsRules) {
  const { B2, folderOf } = sync;
  const name = `sync-${Math.floor(Math.random() * 1e9)}`;
  const b2 = new B2({ ...account, retryTimeout: 15_000, dangerouslyAllowBrowser: true });
  const bucket = b2.bucket(name);
  let bucketId;
  let local;

  const visitor = (changes) => new B2({
    realm: gateway, retryTimeout: 15_000, credential: JSON.stringify({
      owner: "ada", bucket: name, bucketId, prefix: "u/ada/", lifetime: 600, list: true,
      upload: { maxBytes: 1_000_000, types: ["b2/x-auto"] }, ...changes,
    }),
  });
  const namesAt = async (prefix) =>
    (await bucket.ls({ prefix, recursive: true }).all()).map(({ fileName }) => fileName.slice(prefix.length));
  const counts = ({ transferred, uploaded, downloaded, copied, deleted, hidden, failed, skipped }) =>
    [transferred, uploaded, downloaded, copied, deleted, hidden, failed, skipped];
  /** Runs a synchronization. Returns its report and the names of its events by type. */
  async function run(client, source, destination, options) {
    const events = { transferred: [], removed: [], failed: [], skipped: [], dropped: [], explained: [] };
    const running = client.sync(source, destination, options);
    for (const type of Object.keys(events)) {
      running.addEventListener(type, ({ name, error, transfer, reason }) =>
        events[type].push(type === "explained" ? [name, transfer, reason] : name ?? error.kind));
    }
    check(!("then" in running), "it is awaited where it is returned");
    const report = await running.done;
    equal(running.state, "done");
    equal(running.progress, report);
    return { ...events, report, counts: counts(report) };
  }

  const always = {
    async "a bucket to synchronize with"() {
      ({ bucketId } = await b2.createBucket(name, { corsRules }));
      for (const name of NAMES) {
        await bucket.upload({ content: name }, { name: `one/${name}`, info: { src_last_modified_millis: String(TIME) } }).done;
      }
    },
    async "copies from a folder of a bucket to another one"() {
      if (page) {
        return;
      }
      const [from, to] = [{ bucket, prefix: "one" }, { bucket: name, prefix: "two/" }];
      const dry = await run(b2, from, to, { dryRun: true });
      equal([dry.counts, await namesAt("two/")], [[6, 0, 0, 6, 0, 0, 0, 0], []]);
      const first = await run(b2, from, to, { concurrency: 1 });
      equal([first.counts, first.transferred], [[6, 0, 0, 6, 0, 0, 0, 0], NAMES]);
      equal(await namesAt("two/"), NAMES);
      equal((await run(b2, from, to)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
    },
    async "refuses sides and options that make no sense"() {
      const own = { async *entries() {}, async open() {} };
      const rows = [
        [[undefined, { bucket }], /the source is \{ bucket, prefix \}/],
        [[{ bucket }, "path"], /the destination is/],
        [[{ bucket, path: "x" }, own], /it has no `path`/],
        [[own, own], /read only/],
        [[own, { ...own, create() {} }], /one of the two folders must be in a bucket/],
        [[{ bucket }, own], /can be read only/],
        [[{ bucket }, { ...own, create() {}, keepsTimes: false }], /cannot be compared by time/],
        [[{ bucket }, { bucket }], /the same folder/],
        [[own, { bucket }, { compare: "time" }], /time/],
        [[own, { bucket }, { delte: true }], /delte/],
        [[own, { bucket }, { delete: true, keepDays: 1 }], /one of delete, keepDays and keepNewest/],
        [[own, { bucket }, { maxDelete: 1 }], /maxDelete applies only with/],
        [[own, { bucket }, { delete: true, maxDelete: "many" }], /maxDelete is a number/],
        [[own, { bucket }, { keepDays: -1 }], /keepDays/],
        [[own, { bucket }, { concurrency: 0 }], /at least 1/],
        [[own, { bucket }, { filesFrom: "a.txt" }], /sequence/],
        [[own, { bucket }, { filesFrom: ["a\ud800"] }], /lone surrogate/],
        [[own, { bucket }, { filesFrom: ["a"], delete: true }], /with a list of names nothing can be removed/],
        [[own, { bucket }, { noTraverse: true, delete: true }], /without a listing of the destination nothing can be removed/],
        [[{ bucket }, { ...own, create() {} }, { noTraverse: true }], /only a bucket is looked up/],
        [[{ bucket }, { ...own, create() {} }, { keepNewest: 2 }], /cannot be kept in a local destination/],
      ];
      for (const [sides, message] of rows) {
        const error = await fails("InvalidInput", b2.sync(...sides).done);
        check(message.test(error.message), `${error.message} is not ${message}`);
      }
      await fails("NonExistentBucket", b2.sync(own, { bucket: "no-such-bucket-here" }).done);
    },
    async "a folder of one's own: what is wrong with it, and what is left out"() {
      const file = (text) => new File([text], "file", { lastModified: TIME });
      const given = (...names) => ({
        async *entries() {
          yield names.map((name) => typeof name === "string" ? { name, size: 1, modified: TIME } : name);
        },
        async open(name) {
          if (name === "gone") {
            throw new Error("the file is gone");
          }
          return file("x");
        },
      });
      const to = { bucket, prefix: "own" };
      const unordered = await b2.sync(given("\u{1f600}", "\uff5e"), to).done.catch((error) => error);
      check(/order of their UTF-8 bytes/.test(unordered.message), unordered.message);
      const seen = await run(b2, given("a\\b", "b//c", "d\ud800", { name: "e", skipped: "symlink" }, "gone", "x"), to);
      equal([seen.transferred, seen.failed], [["x"], ["gone"]]);
      equal([seen.skipped.length, seen.skipped.slice(0, 2), seen.skipped[3]], [4, ["a\\b", "b//c"], "e"]);
      await fails("EmptySource", b2.sync(given(), to).done);
      const failing = await b2.sync({ ...given(), entries: () => { throw new Error("the disk is broken"); } }, to).done.catch((e) => e);
      check(/the disk is broken/.test(failing.message), failing.message);
      equal(failing.cause?.message, "the disk is broken");
    },
    async "takes a list of names, looks files up instead of listing them, and says why"() {
      const asked = [];
      const folder = {
        async *entries(wants) {
          const files = ["x/1", "x/2", "y", "z/3"];
          asked.push(...["x/", "z/", "y", "q"].filter(wants));
          yield files.map((name) => ({ name, size: 1, modified: TIME }));
        },
        open: async (name) => new File([name.at(-1)], name, { lastModified: TIME }),
      };
      const to = { bucket, prefix: "some" };
      const some = { filesFrom: ["y", "x/2", "y", "q/4"], explain: true, concurrency: 1 };
      const first = await run(b2, folder, to, some);
      equal([first.counts, first.failed, asked], [[2, 2, 0, 0, 0, 0, 1, 0], ["q/4"], ["x/", "y"]]);
      equal([first.explained, await namesAt("some/")], [[["x/2", true, "new"], ["y", true, "new"]], ["x/2", "y"]]);
      equal((await run(b2, folder, to, some)).explained, [["x/2", false, "same"], ["y", false, "same"]]);
      equal((await run(b2, folder, to)).explained, []);
      if (!page) {
        const copied = await run(b2, to, { bucket, prefix: "others" }, { filesFrom: ["x/2", "missing"] });
        equal([copied.transferred, copied.failed], [["x/2"], ["missing"]]);
      }
      // What is listed in the bucket: with the names one by one, and at once.
      const listings = async (options) => {
        const { fetch } = globalThis;
        const starts = [];
        globalThis.fetch = async (url, init) => {
          if (String(url?.url ?? url).includes("b2_list_file_names")) {
            starts.push(JSON.parse(await new Response(init.body).text()).startFileName ?? null);
          }
          return fetch(url, init);
        };
        try {
          equal((await run(b2, folder, to, options)).transferred, []);
        } finally {
          globalThis.fetch = fetch;
        }
        return starts.sort();
      };
      equal(await listings({ noTraverse: true }), ["some/x/1", "some/x/2", "some/y", "some/z/3"]);
      equal(await listings({}), [null]);
    },
    async "a visitor copies between the folders of the grant, if it permits copies"() {
      for (const name of ["1", "2"]) {
        const file = await bucket.upload({ content: name }, { name: `u/ada/from/${name}`, info: { src_last_modified_millis: String(TIME) } }).done;
        equal(file.size, 1);
      }
      const [from, to] = ["from", "to"].map((folder) => ({ bucket: name, prefix: `u/ada/${folder}` }));
      const grant = { upload: { maxBytes: 1_000, types: ["*/*"] }, copy: true, download: true };
      const first = await run(visitor(grant), from, to);
      equal([first.counts, first.transferred.sort()], [[2, 0, 0, 2, 0, 0, 0, 0], ["1", "2"]]);
      equal(await (await bucket.download("u/ada/to/2")).text(), "2");
      equal((await run(visitor(grant), from, to)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      const refused = async (changes, message, to) => {
        const error = await fails("Unauthorized", visitor({ ...grant, ...changes }).sync(from, to).done);
        check(message.test(error.message), `${error.message} is not ${message}`);
      };
      await refused({ copy: false }, /permit copies \(`copy`\)/, to);
      await refused({}, /start with 'u\/ada\/'/, { bucket: name, prefix: "u/bob" });
      await refused({ prefix: "u/ada/to/" }, /start with 'u\/ada\/to\/'/, to);
    },
    async "pauses, goes on, and is cancelled"() {
      const folder = {
        async *entries() {
          yield ["p1", "p2", "p3"].map((name) => ({ name, size: 1, modified: TIME }));
        },
        open: async () => new File(["x"], "x", { lastModified: TIME }),
      };
      const states = [];
      const running = b2.sync(folder, { bucket, prefix: "paused" }, { concurrency: 1, onstate: ({ state }) => states.push(state) });
      running.pause();
      equal(running.state, "paused");
      const early = await Promise.race([running.done, new Promise((resolve) => setTimeout(resolve, 300, "paused"))]);
      equal(early, "paused");
      running.resume();
      equal((await running.done).uploaded, 3);
      equal(states, ["paused", "running", "done"]);
      const cancelled = b2.sync(folder, { bucket, prefix: "cancelled" });
      await cancelled.cancel();
      await fails("Cancelled", cancelled.done);
      equal(cancelled.state, "cancelled");
      const signal = AbortSignal.abort(new Error("enough"));
      equal(await b2.sync(folder, { bucket, prefix: "x" }, { signal }).done.catch(({ message }) => message), "enough");
    },
  };
  if (folders === undefined) {
    return always;
  }
  return {
    ...always,
    async "uploads a folder, and nothing the second time"() {
      local = await folders();
      for (const name of NAMES) {
        await local.put(name, name, TIME);
      }
      const to = { bucket: name, prefix: "up" };
      const dry = await run(b2, local.folder, to, { dryRun: true });
      equal([dry.counts, await namesAt("up/")], [[6, 6, 0, 0, 0, 0, 0, 0], []]);
      const first = await run(b2, local.folder, to, { concurrency: 1 });
      equal([first.counts, first.transferred], [[6, 6, 0, 0, 0, 0, 0, 0], NAMES]);
      equal(await namesAt("up/"), NAMES);
      equal(await (await bucket.download(`up/${NAMES[5]}`)).text(), NAMES[5]);
      equal((await run(b2, local.folder, to)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      equal((await run(b2, local.folder, to, { compare: "sha1" })).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
    },
    async "uploads a changed file, and removes what is gone"() {
      const to = { bucket, prefix: "up" };
      await local.put("a.txt", "changed", TIME + 60_000);
      await local.folder.remove("a/b0");
      const changed = await run(b2, local.folder, to, { filters: [{ exclude: "*.tmp" }] });
      equal([changed.transferred, changed.removed], [["a.txt"], []]);
      const few = await run(b2, local.folder, to, { delete: true, maxDelete: 0 });
      equal([few.removed, few.dropped], [[], ["TooManyRemovals"]]);
      const gone = await run(b2, local.folder, to, { delete: true });
      equal(gone.removed.includes("a/b0"), true);
      equal(await namesAt("up/"), NAMES.filter((name) => name !== "a/b0"));
      equal((await run(b2, local.folder, to, { delete: true })).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
    },
    async "downloads to a folder, and nothing the second time"() {
      const to = await folders();
      const from = { bucket, prefix: "one" };
      const compare = to.folder.keepsTimes === false ? "sha1" : "modTime";
      const first = await run(b2, from, to.folder, { compare, concurrency: 1 });
      equal([first.counts, first.transferred], [[6, 0, 6, 0, 0, 0, 0, 0], NAMES]);
      equal([(await to.names()).sort(), await to.text(NAMES[5])], [[...NAMES].sort(), NAMES[5]]);
      equal((await run(b2, from, to.folder, { compare })).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      const all = await run(b2, from, to.folder, { compare: "always", concurrency: 1 });
      equal(all.transferred, NAMES);
      await bucket.upload({ content: "another" }, { name: "one/a.txt", info: { src_last_modified_millis: String(TIME + 5_000) } }).done;
      await to.put("more.txt", "more", TIME);
      const second = await run(b2, from, to.folder, { compare, delete: true });
      equal([second.transferred, second.removed], [["a.txt"], ["more.txt"]]);
      equal([await to.text("a.txt"), (await to.names()).length], ["another", 6]);
    },
    async "creates a destination that does not exist, and refuses such a source"() {
      if (sync.folderAt === undefined) {
        return;
      }
      const missing = `missing-${name}`;
      const error = await fails("Source", b2.sync(sync.folderAt(missing), { bucket, prefix: "missing" }).done);
      check(error.message.includes("ENOENT"), error.message);
      const report = await b2.sync({ bucket, prefix: "one" }, sync.folderAt(`${missing}/copy`)).done;
      equal(report.downloaded, 6);
    },
    async "uploads chosen files"() {
      const files = NAMES.map((name) => {
        const file = new File([name], name.split("/").at(-1), { lastModified: TIME });
        return Object.defineProperty(file, "webkitRelativePath", { value: `top/${name}` });
      });
      const [folder, to] = [folderOf(files.reverse()), { bucket, prefix: "chosen" }];
      equal((await run(b2, folder, to)).counts, [6, 6, 0, 0, 0, 0, 0, 0]);
      equal(await namesAt("chosen/"), NAMES);
      equal((await run(b2, folder, to)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
    },
    async "a visitor drops a folder, and what is dropped is stored through the gateway"() {
      if (drop === undefined) {
        return;
      }
      // More files than a browser gives at once, and names that it may change.
      const odd = ["e\u0301", "\u{1f600}.txt", "what?.txt", "colon:.txt", ".hidden", "trailing .txt", "sub?/deeper/a.txt"];
      const many = Array.from({ length: 250 }, (_, i) => `many/${i}`);
      const files = [...odd, ...many].map((name) => ({ name: `album/${name}`, text: `of ${name}` }));
      const { folder, handle } = await drop(files, TIME);
      const to = { bucket: name, prefix: "u/ada/drop" };
      const stored = async (prefix, files) => {
        const found = await bucket.ls({ prefix, recursive: true }).all();
        equal(found.map(({ fileName }) => fileName.slice(prefix.length)).sort(), files.map(({ name }) => name).sort());
        for (const { fileName, fileInfo } of found) {
          const { text } = files.find(({ name }) => prefix + name === fileName);
          equal([await (await bucket.download(fileName)).text(), fileInfo.src_last_modified_millis], [text, String(TIME)]);
        }
      };
      const inAlbum = files.map(({ name, text }) => ({ name: name.slice("album/".length), text }));
      const first = await run(visitor(), folder, to);
      equal(first.counts, [files.length, files.length, 0, 0, 0, 0, 0, 0]);
      await stored("u/ada/drop/", inAlbum);
      equal((await run(visitor(), folder, to)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      // The handle of the dropped folder gives the same files.
      equal([handle.kind, handle.name], ["directory", "album"]);
      equal((await run(visitor(), folderOf(handle), to, { compare: "sha1" })).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      // Of several items, each is in the folder.
      const several = [{ name: "a/b.txt", text: "in a" }, { name: "c.txt", text: "at the top" }];
      const mixed = await drop(several, TIME);
      equal((await run(visitor(), mixed.folder, { bucket: name, prefix: "u/ada/mixed" })).report.uploaded, 2);
      await stored("u/ada/mixed/", several);
    },
    async "a visitor synchronizes with a folder through the gateway"() {
      const [from, to] = [await folders(), await folders()];
      await from.put("x/1", "one", TIME);
      await from.put("x/2", "two", TIME);
      const side = { bucket: name, prefix: "u/ada/folder" };
      equal((await run(visitor(), from.folder, side)).counts, [2, 2, 0, 0, 0, 0, 0, 0]);
      equal((await run(visitor(), from.folder, side)).counts, [0, 0, 0, 0, 0, 0, 0, 0]);
      equal(await namesAt("u/ada/folder/"), ["x/1", "x/2"]);
      const compare = to.folder.keepsTimes === false ? "sha1" : "modTime";
      const down = await run(visitor({ download: true, upload: undefined }), side, to.folder, { compare });
      equal([down.counts, await to.text("x/2")], [[2, 0, 2, 0, 0, 0, 0, 0], "two"]);
      // What the grant does not allow.
      const refused = async (grant, message, ...sync) => {
        const error = await fails("Unauthorized", visitor(grant).sync(...sync).done);
        check(message.test(error.message), `${error.message} is not ${message}`);
      };
      await refused({ upload: undefined }, /writeFiles/, from.folder, side);
      await refused({ list: false }, /not for listings/, from.folder, side);
      await refused({}, /deleteFiles/, from.folder, side, { delete: true });
      await refused({}, /readFiles/, side, to.folder, { compare });
      await refused({}, /start with 'u\/ada\/'/, from.folder, { bucket: name, prefix: "u/bob" });
    },
  };
}
