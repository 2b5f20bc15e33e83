// Tabs: one runs an upload, the others observe it.

/** A lock marks the tab that runs an upload, and is released if the tab crashes; a channel reports progress to other tabs. */
export class Tabs {
  #name;
  #channel;
  #locks = globalThis.navigator?.locks;
  /** Locks that are being released, by id. */
  #releasing = new Map();

  /** `heard(message)` is called with messages of other tabs. */
  constructor(name, heard) {
    this.#name = name;
    // Without a stored list there are no other tabs with it, and a channel would keep a process of Node or Deno running.
    if (this.#locks !== undefined && typeof BroadcastChannel === "function" && globalThis.indexedDB) {
      try {
        this.#channel = new BroadcastChannel(name);
        this.#channel.onmessage = ({ data }) => heard(data);
      } catch {
        // Browsers that block storage may block channels as well.
      }
    }
  }

  /** Sends a message to other tabs. An upload does not depend on it. */
  tell(message) {
    try {
      this.#channel?.postMessage(message);
    } catch {
      this.close();
    }
  }

  /** Acquires the lock of an upload. Returns the function that releases it, or `undefined` if another tab holds it. */
  async take(id) {
    if (this.#locks === undefined) {
      return () => {};
    }
    // The lock is requested at once, so that the time counts for the piece of work that adds the file.
    if (this.#releasing.has(id)) {
      await this.#releasing.get(id);
    }
    return new Promise((resolve, reject) => {
      let ended;
      const held = (lock) => {
        if (lock === null) {
          return resolve(undefined);
        }
        // The lock is held until this promise resolves.
        return new Promise((end) => resolve(() => {
          this.#releasing.set(id, ended);
          end();
        }));
      };
      ended = this.#locks.request(this.#lockOf(id), { ifAvailable: true }, held);
      ended.then(() => this.#releasing.delete(id), reject);
    }).catch(() => {
      // Browsers that block storage may block locks as well; then tabs do not know of each other.
      this.#locks = undefined;
      return () => {};
    });
  }

  /** Resolves when no tab runs the upload. */
  async left(id) {
    await this.#locks?.request(this.#lockOf(id), () => {});
  }

  /** Returns the ids of all uploads that a tab runs. */
  async taken() {
    const { held = [] } = (await this.#locks?.query().catch(() => {})) ?? {};
    const prefix = this.#lockOf("");
    const names = held.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    return new Set(names.map((name) => name.slice(prefix.length)));
  }

  close() {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #lockOf(id) {
    return `${this.#name} ${id}`;
  }
}
