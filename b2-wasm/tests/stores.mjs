// Account info and bucket names in IndexedDB: in pages, over reloads and between documents; elsewhere in memory.

import { check, equal, fails } from "./check.mjs";

/** Runs `test(calls)`, where `calls` lists the B2 calls that were sent. */
async function recorded(test) {
  const { fetch } = globalThis;
  const calls = [];
  globalThis.fetch = (url, init) => {
    calls.push(String(url?.url ?? url).split("/").at(-1));
    return fetch(url, init);
  };
  try {
    await test(calls);
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Runs `test` with another `indexedDB`. */
async function replaced(value, test) {
  const { indexedDB } = globalThis;
  Object.defineProperty(globalThis, "indexedDB", { value, configurable: true, writable: true });
  try {
    await test();
  } finally {
    globalThis.indexedDB = indexedDB;
  }
}

/** Resolves to the first event of an IndexedDB request. */
function ended(request) {
  return new Promise((resolve) => {
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}

/** Another document of the origin, which has its own client: see `places/tab.mjs`. */
class Tab {
  #frame = document.createElement("iframe");

  static async open() {
    const tab = new Tab();
    await tab.#load(() => {
      tab.#frame.src = "/tab.html";
      document.body.append(tab.#frame);
    });
    return tab;
  }

  reload() {
    return this.#load(() => this.#frame.contentWindow.location.reload());
  }

  run(request) {
    return this.#answer("result", () => this.#frame.contentWindow.postMessage(request, location.origin));
  }

  close() {
    this.#frame.remove();
  }

  #load(start) {
    return this.#answer("ready", start);
  }

  #answer(type, start) {
    return new Promise((resolve, reject) => {
      const listen = ({ data, source }) => {
        if (source === this.#frame.contentWindow && data.type === type) {
          removeEventListener("message", listen);
          data.error === undefined ? resolve(data.calls) : reject(new Error(data.error));
        }
      };
      addEventListener("message", listen);
      start();
    });
  }
}

const DENIED = { open() { throw new DOMException("denied", "SecurityError"); } };

/** A factory whose requests never end. */
const HANGING = { open: () => Object.assign(new EventTarget(), { result: undefined, error: null }) };

/** The tests. Each is given the name of a bucket. */
export function storeTests({ full, options, page }) {
  const { B2, IndexedDbCache, IndexedDbStore } = full;
  const unique = (what) => `${what}-${Math.floor(Math.random() * 1e9)}`;
  /** Tests a store and a cache that fail and continue in memory. */
  async function inMemory(bucket) {
    const warnings = [];
    const onwarning = (error) => warnings.push(error);
    const store = new IndexedDbStore({ onwarning });
    const cache = new IndexedDbCache({ onwarning });
    await recorded(async (calls) => {
      const b2 = await B2.authorize({ ...options, store, cache });
      await b2.bucket(bucket).ls().all();
      await b2.bucket(bucket).ls().all();
      equal(calls, ["b2_authorize_account", "b2_list_buckets", "b2_list_file_names", "b2_list_file_names"]);
      equal([warnings.length, store.location], [2, "memory"]);
      check(warnings.every((error) => error instanceof Error || error instanceof DOMException), `${warnings}`);
      // Another client loads what the first one has saved.
      calls.length = 0;
      await new B2({ store }).bucket(bucket).ls().all();
      equal(calls, ["b2_list_buckets", "b2_list_file_names"]);
    });
    check((await store.load()).includes(options.keyId), "the account is lost");
    await store.clear();
    equal(await store.load(), undefined);
    await fails("MissingAccountData", new B2({ store }).listBuckets());
    equal(warnings.length, 2);
  }
  return {
    async "a store in IndexedDB keeps any text, or keeps it in memory"() {
      const name = unique("text");
      const store = new IndexedDbStore({ name });
      equal([await store.load(), store.location], [undefined, page ? `IndexedDB ${name}` : "memory"]);
      await store.save("text");
      equal(await store.load(), "text");
      equal(await new IndexedDbStore({ name }).load(), page ? "text" : undefined);
      await store.clear();
      equal(await store.load(), undefined);
    },
    async "account info and bucket names are in memory without IndexedDB"(bucket) {
      await replaced(undefined, () => inMemory(bucket));
    },
    async "a cache is an IndexedDbCache"() {
      await fails("InvalidInput", (async () => new B2({ ...options, cache: {} }))());
    },
    ...(page && {
      async "account info and bucket names are in memory where IndexedDB is denied"(bucket) {
        await replaced(DENIED, () => inMemory(bucket));
      },
      async "account info and bucket names are in memory where IndexedDB does not respond"(bucket) {
        await replaced(HANGING, () => inMemory(bucket));
      },
      async "account info is in memory if the database is not the expected one"() {
        for (const version of [1, 2]) {
          const name = unique("strange");
          const request = indexedDB.open(name, version);
          await ended(request);
          request.result.close();
          const warnings = [];
          const store = new IndexedDbStore({ name, onwarning: (error) => warnings.push(error.name) });
          await store.save("text");
          equal([await store.load(), store.location, warnings], ["text", "memory", [version === 1 ? "NotFoundError" : "VersionError"]]);
        }
      },
      async "account info and bucket names outlive a reload"(bucket) {
        const [store, cache] = [unique("account"), unique("buckets")];
        const tab = await Tab.open();
        const [ls, stored] = [["ls", bucket], { store, cache }];
        equal(await tab.run({ ...stored, options, steps: [ls, ls] }),
          ["b2_authorize_account", "b2_list_buckets", "b2_list_file_names", "b2_list_file_names"]);
        await tab.reload();
        equal(await tab.run({ ...stored, steps: [ls] }), ["b2_list_file_names"]);
        await tab.reload();
        // The cache does not need the store.
        equal(await tab.run({ cache, options, steps: [ls] }), ["b2_authorize_account", "b2_list_file_names"]);
        await tab.reload();
        equal(await tab.run({ store, steps: [ls] }), ["b2_list_buckets", "b2_list_file_names"]);
        tab.close();
      },
      async "a tab uses the names that another one has cached"() {
        const cache = unique("buckets");
        const b2 = await B2.authorize({ ...options, cache: new IndexedDbCache({ name: cache }) });
        const [name, other] = [unique("tabs"), unique("tabs")];
        await b2.createBucket(name);
        await recorded(async (calls) => {
          await b2.bucket(name).ls().all();
          equal(calls, ["b2_list_file_names"]);
          const tab = await Tab.open();
          // Another bucket of the same name has another ID.
          await tab.run({ cache, options, steps: [["delete", name], ["create", name], ["create", other]] });
          calls.length = 0;
          await b2.bucket(name).ls().all();
          await b2.bucket(other).ls().all();
          equal(calls, ["b2_list_file_names", "b2_list_file_names"]);
          await tab.run({ cache, options, steps: [["clear"]] });
          calls.length = 0;
          await b2.bucket(name).ls().all();
          equal(calls, ["b2_list_buckets", "b2_list_file_names"]);
          tab.close();
        });
        await b2.bucket(name).delete();
        await b2.bucket(other).delete();
      },
      async "tabs that change the cache at once lose no name"() {
        const cache = unique("buckets");
        const tabs = await Promise.all([Tab.open(), Tab.open()]);
        const names = tabs.map(() => [unique("tabs"), unique("tabs"), unique("tabs")]);
        await Promise.all(tabs.map((tab, i) => tab.run({ cache, options, steps: names[i].map((name) => ["create", name]) })));
        const [tab] = tabs;
        const calls = await tab.run({ cache, options, steps: names.flat().map((name) => ["ls", name]) });
        equal(calls.filter((call) => call === "b2_list_buckets").length, 0);
        await tab.run({ cache, options, steps: names.flat().map((name) => ["delete", name]) });
        tabs.forEach((tab) => tab.close());
      },
      async "another tab can delete the databases"(bucket) {
        const [store, cache] = [unique("account"), unique("buckets")];
        const warnings = [];
        const onwarning = (error) => warnings.push(error);
        const kept = new IndexedDbStore({ name: store, onwarning });
        const b2 = await B2.authorize({ ...options, store: kept, cache: new IndexedDbCache({ name: cache, onwarning }) });
        await b2.bucket(bucket).ls().all();
        check((await kept.load()).includes(options.keyId), "it is not stored");
        for (const name of [store, cache]) {
          equal((await ended(indexedDB.deleteDatabase(name))).type, "success");
        }
        equal(await kept.load(), undefined);
        await recorded(async (calls) => {
          await b2.bucket(bucket).ls().all();
          await b2.bucket(bucket).ls().all();
          equal(calls, ["b2_list_buckets", "b2_list_file_names", "b2_list_file_names"]);
        });
        equal(warnings, []);
      },
    }),
  };
}
