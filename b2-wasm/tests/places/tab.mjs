// Another document of the page's origin. It runs steps with its own client and posts the names of the calls that were sent.

import { B2, IndexedDbCache, IndexedDbStore } from "/package/js/entry/full.web.js";

const STEPS = {
  ls: (b2, name) => b2.bucket(name).ls().all(),
  create: (b2, name) => b2.createBucket(name),
  delete: (b2, name) => b2.bucket(name).delete(),
};

const { fetch } = globalThis;
let calls = [];
globalThis.fetch = (url, init) => {
  // The module itself is fetched too.
  if (String(url).includes("/b2api/")) {
    calls.push(String(url).split("/").at(-1));
  }
  return fetch(url, init);
};

async function run({ store, cache, options, steps }) {
  calls = [];
  const kept = cache && new IndexedDbCache({ name: cache });
  const b2 = new B2({ ...options, store: store && new IndexedDbStore({ name: store }), cache: kept });
  for (const [step, name] of steps) {
    await (step === "clear" ? kept.clear() : STEPS[step](b2, name));
  }
}

addEventListener("message", async ({ data }) => {
  const error = await run(data).then(() => undefined, (thrown) => String(thrown?.stack ?? thrown));
  parent.postMessage({ type: "result", calls, error });
});
parent.postMessage({ type: "ready" });
