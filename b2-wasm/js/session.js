// A client of the module: created when it is first needed, and again after a trap.

import { B2Error } from "./errors.js";
import { keepOutOfPages } from "./keys.js";
import { ANY, COUNT, FLAG, OBJECT, TEXT, invalid, optionsOf } from "./options.js";
import { toJson, wellFormed } from "./text.js";

/** The name of the method that returns the handle of a store or a cache in an instance. */
export const HANDLE = Symbol("handle");

/** The options of a `B2` object, and the handles that belong to them in the current instance. */
export class Session {
  #options;
  #client;
  #generation = 0;

  constructor(engine, options) {
    this.engine = engine;
    this.#options = checked(options);
  }

  /** Awaits the job that `start(client)` returns. */
  async run(start, signal) {
    signal?.throwIfAborted();
    const client = await this.client(signal);
    return this.engine.result(this.engine.call(() => start(client)), signal);
  }

  /** Awaits the job that `start(bucket)` returns. */
  async runIn(name, start, signal) {
    const bucket = await this.bucket(name, signal);
    return this.engine.result(this.engine.call(() => start(bucket)), signal);
  }

  /** The bucket's handle. */
  bucket(name, signal) {
    return this.run((client) => client.bucket(name), signal);
  }

  /** The account's handle. */
  async client(signal) {
    if (this.#client === undefined || this.#generation !== this.engine.generation) {
      await this.engine.ready();
      if (this.#generation !== this.engine.generation || this.#client === undefined) {
        this.#generation = this.engine.generation;
        const client = this.#authorize();
        this.#client = client;
        client.catch(() => {
          // The next call authorizes again.
          if (this.#client === client) {
            this.#client = undefined;
          }
        });
      }
    }
    return abortable(this.#client, signal);
  }

  async #authorize() {
    const { key, settings } = this.#options;
    const job = this.engine.call((module, host) => {
      const { Client } = module;
      const store = handleOf(this.#options.store, module);
      const cache = handleOf(this.#options.cache, module);
      return key === undefined
        ? Client.stored(host, settings, store, cache)
        : Client.authorize(host, settings, wellFormed(key), store, cache);
    });
    return this.engine.result(job);
  }
}

/** Returns the handle of a store or a cache in an instance, if it has one. */
function handleOf(store, module) {
  return store?.[HANDLE]?.(module) ?? store;
}

const MISSING = "B2: give keyId and key, or a credential for a realm of your own";

/** The default key id of a visitor of a gateway. */
const VISITOR = "visitor";

/** The types of the options of `B2`. */
const OPTIONS = {
  realm: TEXT, keyId: TEXT, key: TEXT, credential: ANY, retryTimeout: ANY, requestsPerSecond: COUNT, allowHosts: OBJECT,
  store: OBJECT, cache: OBJECT, dangerouslyAllowBrowser: FLAG,
};

function checked(options) {
  if (options === undefined) {
    throw new B2Error("MissingAccountData", MISSING);
  }
  const {
    realm = "production", keyId, key, credential, store, cache, retryTimeout, requestsPerSecond, allowHosts = [],
  } = optionsOf("B2", options, OPTIONS);
  if (key !== undefined && credential !== undefined) {
    invalid("B2", "give a key or a credential, not both");
  }
  if (key !== undefined && keyId === undefined) {
    invalid("B2", "a key comes with its keyId");
  }
  if (key === undefined && credential === undefined && store === undefined) {
    throw new B2Error("MissingAccountData", MISSING);
  }
  if (cache !== undefined && cache?.[HANDLE] === undefined) {
    invalid("B2", "`cache` is an IndexedDbCache");
  }
  if (!Array.isArray(allowHosts) || !allowHosts.every(isHost)) {
    invalid("B2", "`allowHosts` is an array of hosts, such as [\"files.example.com\"]");
  }
  if (!["string", "function", "undefined"].includes(typeof credential)) {
    invalid("B2", "`credential` is a string or a function");
  }
  if (key !== undefined) {
    keepOutOfPages(options);
  }
  const settings = toJson("B2", {
    realm,
    keyId: keyId ?? VISITOR,
    // `Infinity` is a sensible timeout, which JSON cannot express.
    retryTimeout: retryTimeout === undefined ? undefined : Math.min(Math.max(retryTimeout, 0), Number.MAX_SAFE_INTEGER),
    requestsPerSecond,
    allowHosts,
  });
  return { key: credential ?? key, store, cache, settings };
}

/** Whether this is a host name without a scheme, a port or a path, which would never match. */
function isHost(name) {
  return typeof name === "string" && /^[\w.-]+$|^\[[\da-f:]+\]$/i.test(name);
}

/** Settles as the promise does, or rejects with the signal's reason if it aborts first. */
function abortable(promise, signal) {
  if (signal === undefined) {
    return promise;
  }
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
