// Tests of the package, the same in Node, Deno, Workers and a page. Given are the entries of the package, an account of the
// simulated service, and the URL of a gateway with that account.

import { argumentTests } from "./arguments.mjs";
import { check, equal, fails, pattern, sameBytes } from "./check.mjs";
import { copyTests } from "./copies.mjs";
import { protectionTests } from "./protection.mjs";
import { sourceTests } from "./sources.mjs";
import { storeTests } from "./stores.mjs";
import { syncTests } from "./sync.mjs";
import { uploadTests } from "./uploads.mjs";
import { visitors } from "./visitors.mjs";

const PART = 5_000_000;

const CORS = [{
  corsRuleName: "everything",
  allowedOrigins: ["*"],
  allowedOperations: ["b2_upload_file", "b2_upload_part", "b2_download_file_by_name", "b2_download_file_by_id"],
  allowedHeaders: ["*"],
  exposeHeaders: ["x-bz-content-sha1", "x-bz-file-id", "x-bz-file-name", "x-bz-upload-timestamp", "content-range",
    "x-bz-info-large_file_sha1"],
  maxAgeSeconds: 3600,
}];

/**
 * The tests, in order: each may use the files and buckets of earlier ones. `files`, if defined, creates files that can change:
 * `{ blob, handle, change(), remove() }`. `disk`, if defined, creates and opens files as Node does. `streams`: bodies are hashed while they are sent.
 */
function tests({ full, upload, sync, lists, account, page, files, disk, streams }) {
  const { B2 } = full;
  const options = { ...account, retryTimeout: 15_000, dangerouslyAllowBrowser: true };
  const name = `conformance-${Math.floor(Math.random() * 1e9)}`;
  const big = pattern(12_345_678);
  let b2;
  let bucket;
  return {
    async "a wrong key is refused"() {
      const error = await fails("WrongKey", B2.authorize({ ...options, key: "wrong" }));
      equal([error.status, error.operation], [401, "b2_authorize_account"]);
      check(!error.message.includes("wrong key"), "the message shows the key");
    },
    async "a key does not belong into a page"() {
      const begin = () => new B2(account);
      if (page) {
        try {
          begin();
        } catch (error) {
          return equal(error.kind, "InvalidInput");
        }
        throw new Error("it was taken");
      }
      begin();
    },
    async "a credential is asked for when it is needed"() {
      let asked = 0;
      const visitor = (credential) => new B2({ realm: account.realm, keyId: account.keyId, credential });
      const good = visitor(async () => {
        asked += 1;
        return account.key;
      });
      await Promise.all([good.listBuckets(), good.listBuckets()]);
      equal(asked, 1);
      const over = new Error("the session is over");
      const bad = visitor(() => Promise.reject(over));
      const error = await fails("NoCredential", bad.listBuckets());
      check(error.cause === over, "the cause is lost");
      await fails("NoCredential", visitor(() => 5).listBuckets());
    },
    async "authorizes, and makes a bucket"() {
      b2 = await B2.authorize(options);
      const made = await b2.createBucket(name, { corsRules: CORS, bucketInfo: { of: "tests" } });
      equal([made.bucketName, made.bucketType, made.bucketInfo], [name, "allPrivate", { of: "tests" }]);
      bucket = b2.bucket(name);
      check((await b2.listBuckets()).some((found) => found.bucketName === name), "it is not listed");
      await fails("DuplicateBucketName", b2.createBucket(name));
      const typo = await fails("InvalidInput", b2.createBucket(`${name}-2`, { bucketinfo: {} }));
      check(typo.message.includes("bucketinfo") && typo.message.includes("bucketInfo"), typo.message);
    },
    async "lists the buckets that can be read if one cannot"() {
      const { fetch } = globalThis;
      const { warn } = console;
      const warnings = [];
      console.warn = (warning) => warnings.push(warning);
      globalThis.fetch = async (url, init) => {
        const answer = await fetch(url, init);
        if (!String(url?.url ?? url).includes("b2_list_buckets")) {
          return answer;
        }
        const { buckets } = await answer.json();
        const unreadable = { ...buckets[0], bucketId: 5, bucketName: "unreadable" };
        return new Response(JSON.stringify({ buckets: [unreadable, ...buckets] }));
      };
      try {
        const buckets = await b2.listBuckets();
        check(buckets.some(({ bucketName }) => bucketName === name), "the other buckets are lost");
        check(buckets.every(({ bucketName }) => bucketName !== "unreadable"), "the unreadable bucket is listed");
        equal(warnings.map(({ kind }) => kind), ["UnreadableEntry"]);
      } finally {
        globalThis.fetch = fetch;
        console.warn = warn;
      }
    },
    async "asks other hosts than the realm's only where they are allowed"() {
      const { fetch } = globalThis;
      const realm = "https://realm.example";
      // The realm names hosts of the simulator.
      globalThis.fetch = (url, init) => fetch(String(url).replace(realm, account.realm), init);
      try {
        const error = await fails("UntrustedHost", B2.authorize({ ...options, realm }));
        const { hostname } = new URL(account.realm);
        check(error.message.includes(hostname), error.message);
        await (await B2.authorize({ ...options, realm, allowHosts: [hostname] })).listBuckets();
      } finally {
        globalThis.fetch = fetch;
      }
      for (const allowHosts of ["a.example", ["https://a.example"], ["a.example/b"], [""], [7]]) {
        await fails("InvalidInput", (async () => new B2({ ...options, allowHosts }))());
      }
    },
    async "uploads a small file with any name"() {
      const file = await bucket.upload({ content: "hällo" }, {
        name: "résumé/日本語 +%?#.txt",
        contentType: "text/plain",
        info: { color: "réd" },
      }).done;
      equal([file.fileName, file.size, file.contentType], ["résumé/日本語 +%?#.txt", 6, "text/plain"]);
      equal(file.fileInfo, { color: "réd" });
      const got = await bucket.download(file.fileName);
      equal([await got.text(), got.version.size], ["hällo", 6]);
    },
    async "returns an upload from an asynchronous function, without waiting for it"() {
      const upload = await (async () => bucket.upload(new Blob([big]), { name: "returned", partSize: PART }))();
      equal([upload.state, upload.progress.accepted, "then" in upload], ["waiting", 0, false]);
      equal((await upload.done).size, big.length);
      await b2.deleteFileVersion("returned", (await upload.done).fileId);
    },
    async "uploads an empty file"() {
      const file = await bucket.upload(new Uint8Array(0), { name: "empty" }).done;
      equal(file.size, 0);
      sameBytes(await (await bucket.download("empty")).arrayBuffer(), new Uint8Array(0));
    },
    async "refuses half of a character where it would become another name"() {
      const half = "a\ud800b";
      const rows = [
        () => bucket.upload({ content: "x" }, { name: half }).done,
        () => bucket.upload({ content: "x" }, { name: "a", contentType: half }).done,
        () => bucket.upload({ content: "x" }, { name: "a", info: { a: half } }).done,
        () => bucket.upload({ content: "x" }, { name: "a", info: { [half]: "a" } }).done,
        () => b2.bucket(half).upload({ content: "x" }, { name: "a" }).done,
        () => bucket.hide(half),
        () => bucket.ls({ prefix: half }).all(),
        () => bucket.getFileInfo(half),
        () => b2.createBucket(half),
      ];
      for (const begin of rows) {
        const error = await fails("InvalidInput", (async () => begin())());
        check(error.message.includes("lone surrogate (U+D800)"), error.message);
        check(!error.message.includes(half), error.message);
      }
      const whole = await bucket.upload({ content: "x" }, { name: "\u{1f600}" }).done;
      equal(whole.fileName, "\u{1f600}");
    },
    async "refuses file info of which one entry would be lost"() {
      const error = await fails("InvalidFileInfo", bucket.upload({ content: "x" }, { name: "a", info: { Foo: "1", foo: "2" } }).done);
      check(error.message.includes("'Foo' and 'foo'"), error.message);
    },
    async "notices a blob that has more or fewer bytes than it says"() {
      class Said extends Blob {
        #size;
        constructor(parts, size) {
          super(parts);
          this.#size = size;
        }
        get size() {
          return this.#size;
        }
      }
      for (const size of [5, 20]) {
        const error = await fails("SourceChanged", bucket.upload(new Said(["ten bytes!"], size), { name: "said" }).done);
        check(error.message.includes(`has 10 bytes, not ${size}`), error.message);
      }
      // A read returns another number of bytes than the size.
      const given = (bytes) => Object.assign(new Blob(["ten bytes!"]), {
        slice() {
          return given(bytes);
        },
        stream: () => new Blob([bytes]).stream(),
        arrayBuffer: () => new Blob([bytes]).arrayBuffer(),
      });
      for (const bytes of ["five!", "fifteen bytes!!"]) {
        const begun = Date.now();
        const error = await fails("SourceChanged", bucket.upload(given(bytes), { name: "given" }).done);
        check(error.message.includes(`gave ${bytes.length} bytes, not 10`), error.message);
        check(Date.now() - begun < 5_000, "it was tried for long");
      }
      await fails("FileNotPresent", bucket.getFileInfo("given"));
    },
    async "uploads a large file in parts"() {
      const seen = [];
      const states = [];
      const going = bucket.upload(new Blob([big]), { name: "big", partSize: PART, concurrency: 2,
        onprogress: ({ sent, accepted, total, fraction }) => seen.push({ sent, accepted, total, fraction }) });
      going.onstate = ({ state }) => states.push(state);
      const file = await going.done;
      equal(file.size, big.length);
      check(states.includes("sending") && states.at(-2) === "finishing" && states.at(-1) === "done", states.join());
      // A streamed body is read once, and not hashed before.
      equal(states.includes("hashing"), !streams);
      check(seen.slice(0, -1).every(({ fraction }) => fraction < 1), "100 % before the end");
      check(seen.every(({ accepted, total }) => accepted <= total), "more than there is");
      check(seen.every(({ accepted }, i) => i === 0 || accepted >= seen[i - 1].accepted), "accepted went back");
      equal(going.progress.fraction, 1);
      sameBytes(await (await bucket.download("big")).arrayBuffer(), big);
    },
    async "uploads a stream of unknown length"() {
      let at = 0;
      const stream = new ReadableStream({
        pull(controller) {
          const end = Math.min(at + 77_777, big.length);
          controller.enqueue(big.slice(at, end));
          at = end;
          if (at === big.length) {
            controller.close();
          }
        },
      });
      const file = await bucket.upload(stream, { name: "streamed", partSize: PART }).done;
      equal(file.size, big.length);
      sameBytes(await (await bucket.download("streamed")).arrayBuffer(), big);
    },
    async "downloads a range, and by id"() {
      const part = await bucket.download("big", { range: [1_000_000, 1_000_100] });
      sameBytes(await part.arrayBuffer(), big.subarray(1_000_000, 1_000_100));
      const [file] = await bucket.listFileVersions("big").all();
      if (page) {
        return fails("Unauthorized", b2.downloadById(file.fileId));
      }
      const whole = await b2.downloadById(file.fileId);
      check((await whole.blob()).size === big.length, "another size");
    },
    async "gives a link to a private file"() {
      const name = "résumé/日本語 +%?#.txt";
      const link = await bucket.getDownloadUrl(name, { expiresIn: 60 });
      equal(await (await fetch(link)).text(), "hällo");
      const bare = await bucket.getDownloadUrl(name);
      check(link.startsWith(`${bare}?`), "it is another file");
      const status = await fetch(bare).then((answer) => answer.status, () => "withheld");
      check(status === 401 || status === "withheld", `the bucket is not private: ${status}`);
    },
    async "downloads as a stream that can be left"() {
      const got = await bucket.download("big");
      const reader = got.stream().getReader();
      const { value } = await reader.read();
      sameBytes(value, big.subarray(0, value.length));
      await reader.cancel();
      check(got.progress.received < big.length, "all was fetched");
    },
    async "lists folders, files and versions"() {
      const top = await bucket.ls().all();
      equal(top.map((entry) => entry.folder ?? entry.fileName), ["big", "empty", "résumé/", "streamed", "\u{1f600}"]);
      const names = [];
      for await (const file of bucket.ls({ recursive: true })) {
        names.push(file.fileName);
      }
      equal(names.length, 5);
      equal((await bucket.ls({ path: "résumé" }).all()).length, 1);
      equal(await bucket.ls({ prefix: "rés" }).all(), [{ folder: "résumé/" }]);
      equal((await bucket.ls({ prefix: "rés", recursive: true }).all()).length, 1);
      equal((await bucket.ls({ prefix: "st" }).all()).map((entry) => entry.fileName), ["streamed"]);
    },
    async "lists names that match patterns and filters"() {
      const list = async (options) => (await bucket.ls(options).all()).map((entry) => entry.folder ?? entry.fileName);
      equal(await list({ path: "[be]*", withWildcard: true }), ["big", "empty"]);
      equal(await list({ path: "?", withWildcard: true }), ["\u{1f600}"]);
      equal(await list({ filters: [{ include: "*e*" }] }), ["empty", "streamed"]);
      equal(await list({ filters: [{ exclude: "*" }, { include: "*m*" }, { exclude: "s*" }] }), ["empty", "résumé/"]);
      equal(await list({ path: "big", filters: [{ exclude: "b*" }] }), []);
      for (const options of [{ prefix: "b", withWildcard: true }, { filters: ["b*"] }, { filters: [{}] }]) {
        await fails("InvalidInput", (async () => bucket.ls(options).all())());
      }
    },
    async "goes on from a checkpoint"() {
      const first = bucket.upload(new Blob([big]), { name: "resumed", partSize: PART, concurrency: 1 });
      await new Promise((resolve, reject) => {
        first.addEventListener("checkpoint", ({ checkpoint }) => {
          if (JSON.parse(checkpoint).parts.length === 1) {
            first.cancel();
          }
        });
        first.done.then(reject, resolve);
      });
      await fails("Cancelled", first.done);
      equal(first.state, "cancelled");
      equal((await bucket.listUnfinishedLargeFiles().all()).length, 1);
      let resumed = 0;
      const second = bucket.upload(new Blob([big]), { name: "resumed", partSize: PART, checkpoint: first.checkpoint,
        onstarted: (event) => { resumed = event.resumed; } });
      equal((await second.done).fileId, JSON.parse(first.checkpoint).fileId);
      // Either part may have been hashed and sent first.
      const [[number]] = JSON.parse(first.checkpoint).parts;
      equal(resumed, number === 1 ? PART : big.length - PART);
      sameBytes(await (await bucket.download("resumed")).arrayBuffer(), big);
      await fails("InvalidInput", bucket.upload({ content: "x" }, { name: "x", checkpoint: "{}" }).done);
    },
    async "pauses, and discards"() {
      const going = bucket.upload(new Blob([big]), { name: "paused", partSize: PART });
      going.pause();
      await new Promise((resolve) => setTimeout(resolve, 300));
      equal([going.state, going.progress.accepted], ["paused", 0]);
      going.setConcurrency(1);
      going.resume();
      await going.done;
      const gone = bucket.upload(new Blob([big]), { name: "gone", partSize: PART });
      await new Promise((resolve) => gone.addEventListener("started", resolve));
      await gone.cancel({ discard: true });
      equal(await bucket.listUnfinishedLargeFiles().all(), []);
    },
    async "everything can be aborted, with a reason"() {
      const reason = new Error("enough");
      const abort = new AbortController();
      const going = bucket.upload(new Blob([big]), { name: "aborted", signal: abort.signal });
      setTimeout(() => abort.abort(reason), 5);
      equal(await going.done.catch((error) => error.message), "enough");
      const listing = bucket.ls({ signal: AbortSignal.abort(reason) });
      equal(await listing.all().catch((error) => error.message), "enough");
    },
    async "hides, shows and deletes"() {
      await bucket.hide("empty");
      const error = await fails("FileNotPresent", bucket.download("empty"));
      equal([error.status, error.operation], [404, "b2_download_file_by_name"]);
      check(/no such file, or it is hidden/.test(error.message), error.message);
      const narrow = await b2.createKey("narrow", { capabilities: ["listBuckets", "listFiles", "deleteFiles"] });
      const narrowed = new B2({ ...options, keyId: narrow.applicationKeyId, key: narrow.applicationKey }).bucket(name);
      const refused = await fails("Unauthorized", narrowed.unhide("empty", { bypassGovernance: true }));
      check(refused.message.includes("bypassGovernance"), refused.message);
      await bucket.unhide("empty", { bypassGovernance: true });
      await bucket.hide("empty");
      await narrowed.unhide("empty");
      const { fileId } = await bucket.getFileInfo("empty");
      if (!page) {
        equal((await b2.getFileInfo(fileId)).fileName, "empty");
      }
      await b2.deleteFileVersion("empty", fileId);
      const gone = await b2.getFileInfo(fileId).catch((thrown) => thrown);
      check(["Unauthorized", "FileNotPresent"].includes(gone.kind), gone.kind);
    },
    async "refuses what cannot be uploaded"() {
      await fails("InvalidInput", bucket.upload(undefined).done);
      await fails("InvalidInput", bucket.upload(null, { name: "x" }).done);
      await fails("InvalidInput", bucket.upload(42, { name: "x" }).done);
      await fails("InvalidFileName", bucket.upload({ content: "x" }, { name: "" }).done);
      await fails("InvalidFileName", bucket.upload(new Blob(["x"])).done);
      await fails("InvalidFileName", bucket.upload({ content: "x" }, { name: "a\u0001b" }).done);
      await fails("InvalidFileName", bucket.upload({ content: "x" }, { name: "/a" }).done);
      const broken = new ReadableStream({ start: (stream) => stream.error(new Error("no more")) });
      await fails("Source", bucket.upload(broken, { name: "x" }).done);
      equal((await bucket.listFileVersions("x").all()).length, 0);
    },
    async "a file that changes or goes away while it is uploaded"() {
      if (files === undefined) {
        return;
      }
      const changing = await files(big);
      const going = bucket.upload(changing.blob, { name: "changing", partSize: PART, concurrency: 1 });
      going.addEventListener("checkpoint", async ({ checkpoint }) => {
        if (JSON.parse(checkpoint).parts.length === 1) {
          going.pause();
          await changing.change();
          going.resume();
        }
      });
      const error = await fails("SourceChanged", going.done);
      check(!error.retryable, "it was tried again");
      await fails("Source", bucket.upload(changing.blob, { name: "changing" }).done);
      const gone = await files(big);
      await gone.remove();
      await fails("Source", bucket.upload(gone.blob, { name: "gone" }).done);
      for (const { fileId } of await bucket.listUnfinishedLargeFiles().all()) {
        await b2.cancelLargeFile(fileId);
      }
    },
    async "saves a download to a file"() {
      const { handle } = (await files?.(new Uint8Array(3))) ?? {};
      if (handle === undefined) {
        return;
      }
      const large = pattern(80_000_000);
      await bucket.upload(new Blob([large]), { name: "large" }).done;
      const got = await bucket.download("large");
      const version = await got.saveTo(handle, { concurrency: 3 });
      equal([version.size, got.progress.received], [large.length, large.length]);
      sameBytes(await (await handle.getFile()).arrayBuffer(), large);
      const part = await bucket.download("large", { range: [10, 20] });
      await part.saveTo(handle);
      sameBytes(await (await handle.getFile()).arrayBuffer(), large.subarray(10, 20));
      await bucket.upload({ content: "" }, { name: "nothing" }).done;
      await (await bucket.download("nothing")).saveTo(handle);
      equal((await handle.getFile()).size, 0);
    },
    async "goes on where nothing can be kept"() {
      const { indexedDB } = globalThis;
      Object.defineProperty(globalThis, "indexedDB", { value: undefined, configurable: true, writable: true });
      try {
        const warnings = [];
        const going = bucket.upload(new Blob([big]), {
          name: "not kept", partSize: PART, checkpoints: new full.CheckpointStore(),
          onwarning: ({ error }) => warnings.push(error),
        });
        equal((await going.done).size, big.length);
        check(warnings.length > 0, "there is no warning");
      } finally {
        globalThis.indexedDB = indexedDB;
      }
    },
    async "says what went wrong"() {
      await fails("NonExistentBucket", b2.bucket("no-such-bucket-here").ls().all());
      await fails("InvalidFileName", bucket.upload({ content: "x" }, { name: "a//b".repeat(500) }).done);
      await fails("InvalidInput", bucket.upload({ content: "x" }, { name: "x", info: { a: 1 } }).done);
      const unreachable = B2.authorize({ ...options, realm: "http://127.0.0.1:9", retryTimeout: 0 });
      const error = await unreachable.catch((thrown) => thrown);
      check(["Connect", "ConnectionBroken", "Cors"].includes(error.kind), `${error.kind}: ${error.message}`);
      check(error.retryable, "it could succeed later");
    },
    async "limits the requests in a second"() {
      const slow = new B2({ ...options, requestsPerSecond: 20 });
      const begin = Date.now();
      // One authorization and seven calls, of which no two are closer than a twentieth of a second.
      await Promise.all(Array.from({ length: 7 }, () => slow.listBuckets()));
      check(Date.now() - begin >= 300, "they were not spaced");
      for (const requestsPerSecond of [0, 0.5, -1, "many"]) {
        await fails("InvalidInput", B2.authorize({ ...options, requestsPerSecond }));
      }
    },
    async "an upload page has a smaller module"() {
      const { bucketId } = await bucket.state();
      const key = await b2.createKey("page", {
        capabilities: ["writeFiles", "listFiles", "listBuckets"], bucketIds: [bucketId], validSeconds: 3600,
      });
      const visitor = new upload.B2({
        realm: account.realm, keyId: key.applicationKeyId, credential: async () => key.applicationKey,
      });
      const file = await visitor.bucket(name).upload(new Blob([big]), { name: "by a visitor", partSize: PART }).done;
      equal(file.size, big.length);
      sameBytes(await (await bucket.download("by a visitor")).arrayBuffer(), big);
      await fails("RestrictedBucket", visitor.bucket("another-bucket").upload({ content: "x" }, { name: "x" }).done);
    },
    ...Object.fromEntries(Object.entries(copyTests({ page })).map(([title, test]) =>
      [title, () => test({ bucket, big, partSize: PART })])),
    ...Object.fromEntries(Object.entries({
      ...sourceTests({ disk }),
      ...protectionTests(CORS),
      ...argumentTests({ full, upload, lists, sync, account }),
    }).map(([title, test]) => [title, () => test({ b2, bucket, big, name, partSize: PART })])),
    ...Object.fromEntries(Object.entries(storeTests({ full, options, page })).map(([title, test]) =>
      [title, () => test(name)])),
    ...Object.fromEntries(Object.entries(uploadTests({ lists, page })).map(([title, test]) =>
      [title, () => test({ b2, bucket, big, partSize: PART })])),
  };
}

/** Runs all tests; `say` is called with a line for each, and one at the end. */
export async function run(place, say) {
  let passed = 0;
  let failed = 0;
  for (const [name, test] of Object.entries({ ...tests(place), ...visitors(place, CORS), ...syncTests(place, CORS) })) {
    try {
      await test();
      passed += 1;
      say(`ok    ${name}`);
    } catch (error) {
      failed += 1;
      say(`FAIL  ${name}: ${error?.stack ?? error}`);
    }
  }
  say(`${place.where}: ${passed} passed, ${failed} failed`);
  return failed === 0;
}
