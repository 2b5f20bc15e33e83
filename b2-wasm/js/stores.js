// Stores of account info and of the names of buckets. The module reads and writes IndexedDB.

import { CALLBACK, TEXT, optionsOf } from "./options.js";
import { HANDLE } from "./session.js";

/** The types of the options of stores. */
const OPTIONS = { name: TEXT, onwarning: CALLBACK };

/** Keeps an account in memory. */
export class MemoryStore {
  #text;
  location = "memory";

  async load() {
    return this.#text;
  }

  async save(text) {
    this.#text = text;
  }

  async clear() {
    this.#text = undefined;
  }
}

/** What the module uses once IndexedDB has failed. */
class Fallback {
  text;
  isUsed = false;
  #warn;

  constructor(location, warn) {
    this.location = location;
    this.#warn = warn;
  }

  useFor(error) {
    this.isUsed = true;
    this.location = "memory";
    this.#warn(error);
  }
}

/** Returns a function that calls the handler of the application after the module has returned: the handler may throw. */
function later(onwarning) {
  return (error) => queueMicrotask(() => onwarning?.(error));
}

/** The classes of stores over the module that `engine` runs. */
export function storesOver(engine) {
  async function run(start) {
    await engine.ready();
    return engine.result(engine.call(start));
  }

  /** Keeps an account in IndexedDB. Where that is not available, as in some private windows, it keeps the account in memory. */
  class IndexedDbStore {
    #name;
    #fallback;

    constructor(options) {
      const { name = "b2-account", onwarning } = optionsOf("IndexedDbStore", options, OPTIONS);
      this.#name = name;
      this.#fallback = new Fallback(`IndexedDB ${name}`, later(onwarning));
    }

    get location() {
      return this.#fallback.location;
    }

    load() {
      return run((module) => this[HANDLE](module).load());
    }

    save(text) {
      return run((module) => this[HANDLE](module).save(text));
    }

    clear() {
      return run((module) => this[HANDLE](module).save(undefined));
    }

    [HANDLE](module) {
      return new module.StoreHandle(this.#name, this.#fallback);
    }
  }

  /** Caches the names of buckets in IndexedDB. Where that is not available, it keeps them in memory. */
  class IndexedDbCache {
    #name;
    #onwarning;

    constructor(options) {
      const { name = "b2-buckets", onwarning } = optionsOf("IndexedDbCache", options, OPTIONS);
      this.#name = name;
      this.#onwarning = later(onwarning);
    }

    clear() {
      return run((module) => this[HANDLE](module).clear());
    }

    [HANDLE](module) {
      return new module.CacheHandle(this.#name, this.#onwarning);
    }
  }

  return { IndexedDbCache, IndexedDbStore };
}
