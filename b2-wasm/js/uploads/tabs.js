// The tabs that share a list.

/**
 * A lock marks a tab that runs uploads, and is released if the tab crashes; a channel takes messages to other tabs.
 *
 * There is one lock for a tab and not one for each upload: Chromium takes about 0.7 ms of CPU for a lock.
 */
export class Tabs {
  #name;
  #channel;
  #locks = globalThis.navigator?.locks;
  /** The id of this tab while its lock is held, and the function that releases it. */
  #own;
  /** The ids of tabs that are closed, and of no tab. Ids are not used again. */
  #closed = new Set([undefined]);
  /** Promises of the ends of other tabs, by id. */
  #ends = new Map();

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

  /** Resolves to the id of this tab when its lock is held; to `undefined` where tabs cannot know of each other. */
  async enter() {
    this.#own ??= this.#hold();
    return (await this.#own).id;
  }

  /** Releases the lock of this tab. It has another id when it enters again. */
  async leave() {
    const own = this.#own;
    this.#own = undefined;
    const { id, release } = (await own) ?? {};
    this.#closed.add(id);
    release?.();
  }

  #hold() {
    const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
    return new Promise((resolve, reject) => {
      // The lock is held until the promise of the callback resolves.
      const held = () => new Promise((release) => resolve({ id, release }));
      this.#locks.request(this.#lockOf(id), held).catch(reject);
    }).catch(() => {
      // Browsers that block storage may block locks as well.
      this.#locks = undefined;
      return {};
    });
  }

  /** Finds out which of these tabs are closed. Returns all that are known to be. */
  async closed(tabs = []) {
    if (tabs.some((tab) => !this.#closed.has(tab))) {
      const open = await this.#open();
      tabs.filter((tab) => !open.has(tab)).forEach((tab) => this.#closed.add(tab));
    }
    return this.#closed;
  }

  /** Returns the ids of the tabs that run uploads. */
  async #open() {
    const { held = [] } = (await this.#locks?.query().catch(() => {})) ?? {};
    const prefix = this.#lockOf("");
    const names = held.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    return new Set(names.map((name) => name.slice(prefix.length)));
  }

  /** Resolves when a tab is closed, or has ended its uploads. */
  async end(tab) {
    if (!this.#closed.has(tab)) {
      const ended = this.#ends.get(tab) ?? this.#locks?.request(this.#lockOf(tab), () => this.#closed.add(tab));
      this.#ends.set(tab, ended);
      await ended;
    }
  }

  close() {
    this.leave();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #lockOf(tab) {
    return `${this.#name} ${tab}`;
  }
}
